// A model that was trained on the questions of a benchmark says nothing by its score there.  So
// rows whose conversation holds a text of an evaluation set are dropped; what stands before it
// (system, developer) is ours, and not looked at.  The measure is evaluation_overlap.h's.
#include "llm/decontaminate.h"

#include <arrow/array/array_base.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/side_files.h"
#include "io/input_files.h"
#include "io/jsonl_source.h"
#include "io/parquet_source.h"
#include "llm/evaluation_overlap.h"
#include "llm/row_bodies.h"
#include "stages/columns.h"

namespace hubmill {
namespace {

using Json = nlohmann::json;

/// Where evaluation sets keep their questions, the likeliest first.
constexpr const char* kUsualFields[] = {"question", "problem", "prompt",           "instruction",
                                        "input",    "text",    "formal_statement", "query"};

struct DecontaminateOptions {
  std::vector<std::string> sets;
  std::string column = "text";
  int64_t ngram = 13;
  static void Describe(OptionTable<DecontaminateOptions>& table) {
    using O = DecontaminateOptions;
    table
        .Field("sets", &O::sets,
               "Evaluation sets: a file, a folder or a hub:// address, or PATH=FIELD.")
        .Required();
    table.Field("column", &O::column, "Text column; Harmony, or any text.");
    table.Field("ngram", &O::ngram, "Words that two texts must share in a row.").Range(5, 64);
  }
};

/// Adds the texts of one evaluation set to `overlap`.
class SetReader {
 public:
  SetReader(std::string path, std::string field, UriResolver* uris, EvaluationOverlap* overlap)
      : path_(std::move(path)), field_(std::move(field)), uris_(uris), overlap_(overlap) {}

  Status Read() {
    std::vector<std::string> extensions = JsonlExtensions();
    const auto& parquet = ParquetExtensions();
    extensions.insert(extensions.end(), parquet.begin(), parquet.end());
    ARROW_ASSIGN_OR_RAISE(const InputFiles all,
                          ExpandPaths(Setting::Scalar(path_), extensions, uris_));
    for (const InputFile& file : all.files) {
      InputFiles one{.files = {file}, .splits = {"train"}};
      one.files[0].split = 0;
      const bool is_parquet =
          std::any_of(parquet.begin(), parquet.end(),
                      [&](const std::string& extension) { return file.name.ends_with(extension); });
      ARROW_RETURN_NOT_OK(is_parquet ? ReadParquet(std::move(one)) : ReadLines(std::move(one)));
    }
    if (texts_ > 0) return Status::OK();
    return DataRefused("an evaluation set has no texts to look for: set=", path_,
                       field_.empty() ? "" : " field=" + field_, "; remedy: name the field, ",
                       path_, "=FIELD");
  }

 private:
  void Add(std::string_view text) { texts_ += overlap_->Add(text); }

  Status ReadParquet(InputFiles files) {
    ARROW_ASSIGN_OR_RAISE(auto source, OpenParquet(std::move(files), {}, {}));
    int column = source->schema()->GetFieldIndex(field_);
    for (const char* usual : kUsualFields) {
      if (field_.empty() && column < 0) column = source->schema()->GetFieldIndex(usual);
    }
    if (column < 0 || !IsText(*source->schema()->field(column)->type())) return Status::OK();
    return EachBatch(*source, [&](const arrow::RecordBatch& rows) {
      const TextView texts(*rows.column(column));
      for (int64_t row = 0; row < texts.size(); ++row) {
        if (!texts.IsNull(row)) Add(texts[row]);
      }
    });
  }

  Status ReadLines(InputFiles files) {
    const JsonlOptions options{.line_mb_max = 1024, .raw = "line"};
    ARROW_ASSIGN_OR_RAISE(auto source, OpenJsonl(std::move(files), options, {}));
    return EachBatch(*source, [&](const arrow::RecordBatch& rows) {
      const TextView lines(*rows.column(0));
      for (int64_t row = 0; row < lines.size(); ++row) AddLine(lines[row]);
    });
  }

  void AddLine(std::string_view line) {
    const Json record = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!record.is_object()) return;
    const auto add = [&](const std::string& field) {
      const auto found = record.find(field);
      if (found == record.end() || !found->is_string()) return false;
      Add(found->get_ref<const std::string&>());
      return true;
    };
    if (!field_.empty()) {
      add(field_);
      return;
    }
    for (const char* usual : kUsualFields) {
      if (add(usual)) return;
    }
  }

  template <typename Use>
  static Status EachBatch(Source& source, const Use& use) {
    while (true) {
      ARROW_ASSIGN_OR_RAISE(auto morsel, source.Next());
      if (morsel == nullptr) return Status::OK();
      ARROW_ASSIGN_OR_RAISE(const Decoded decoded, morsel->Decode());
      for (const Batch& batch : decoded.batches) use(*batch.rows);
    }
  }

  std::string path_, field_;
  UriResolver* uris_;  // Null: there are local sets only.
  EvaluationOverlap* overlap_;
  int64_t texts_ = 0;
};

class Decontaminate : public Transform, public SeesUris {
 public:
  static Result<std::unique_ptr<Decontaminate>> Make(DecontaminateOptions options) {
    ARROW_RETURN_NOT_OK(CheckNameList(options.sets, "sets"));
    auto stage = std::make_unique<Decontaminate>();
    stage->overlap_ = std::make_unique<EvaluationOverlap>(int(options.ngram));
    stage->options_ = std::move(options);
    return stage;
  }

  void BindUris(UriResolver* uris) override { uris_ = uris; }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    ARROW_ASSIGN_OR_RAISE(column_, TextColumnIndex(*input, options_.column));
    for (const std::string& set : options_.sets) {
      const EvaluationSet found = ParseEvaluationSet(set);
      ARROW_RETURN_NOT_OK(SetReader(found.path, found.field, uris_, overlap_.get()).Read());
    }
    overlap_->Finish();
    return input;
  }

  Result<Applied> Apply(const Batch& input) const override {
    const TextView texts(*input.rows->column(column_));
    std::vector<HarmonyMessage> messages;
    std::vector<std::string_view> bodies;
    std::vector<uint32_t> words;
    Applied applied;
    applied.rows = input.rows;
    for (int64_t row = 0; row < texts.size(); ++row) {
      if (texts.IsNull(row)) continue;
      CollectBodies(texts[row], Bodies::kConversation, &messages, &bodies);
      const bool overlaps = std::any_of(bodies.begin(), bodies.end(), [&](std::string_view body) {
        return overlap_->Overlaps(body, &words);
      });
      if (overlaps) applied.drops.push_back({.row = row, .reason = "contaminated"});
    }
    return applied;
  }

 private:
  DecontaminateOptions options_;
  int column_ = -1;
  UriResolver* uris_ = nullptr;
  std::unique_ptr<EvaluationOverlap> overlap_;
};

}  // namespace

EvaluationSet ParseEvaluationSet(const std::string& set) {
  const size_t equal = set.rfind('=');
  const std::string before = set.substr(0, std::min(equal, set.size()));
  const std::string key = before.substr(before.find_last_of("?&") + 1);
  const bool query = set.starts_with("hub://") && (key == "config" || key == "split");
  std::error_code error;
  if (equal == set.npos || query || std::filesystem::exists(set, error)) {
    return {.path = set, .field = ""};
  }
  return {.path = set.substr(0, equal), .field = set.substr(equal + 1)};
}

StageEntry DecontaminateStage() {
  return DefineStage<Decontaminate, DecontaminateOptions>(
      {.name = "decontaminate",
       .summary = "Drops rows that hold a text of an evaluation set.",
       .details =
           "A row is dropped, under the reason `contaminated`, if the body of one of its messages "
           "(system and developer left out; a text that is no Harmony is one body) shares `ngram` "
           "words in a row with a text of the sets.  A text of fewer words is found where a body "
           "is the same words and no others; one of fewer than 5 words is passed over.  Words are "
           "those of `dedup_near`: case, punctuation and spaces make no difference.\n\n"
           "Sets are JSON lines (plain, .gz, .zst) or Parquet, local or at a `hub://` address.  "
           "Without FIELD a record's text is its first of `question`, `problem`, `prompt`, "
           "`instruction`, `input`, `text`, "
           "`formal_statement`, `query`.  A set without any text is refused.\n\n"
           "Memory: 8 bytes a different run of words in the sets, and 2 MiB.",
       .example = "- decontaminate: {sets: [eval/gsm8k_test.jsonl, eval/math.parquet=problem]}\n",
       .shorthand = "sets"});
}

}  // namespace hubmill

// llm_normalize.  A row is made by normalize_row.h; here are options, columns and the account.
#include "llm/normalize_stage.h"

#include <mutex>
#include <utility>

#include "core/side_files.h"
#include "io/json_rows.h"
#include "llm/adapter.h"
#include "llm/normal_columns.h"
#include "llm/normalize_row.h"
#include "llm/split_names.h"
#include "stages/columns.h"

namespace hubmill {
namespace {

struct LlmNormalizeOptions {
  Setting adapter;
  std::string dataset;
  std::string column = "line";
  std::string format = "source";
  bool compat = false;
  std::string markup = "escape";
  std::string id = "uuid";
  std::string loss_mode = "assistant_all";
  int64_t min_completion = 1;
  bool eval_json = true;
  static void Describe(OptionTable<LlmNormalizeOptions>& table);
};

void LlmNormalizeOptions::Describe(OptionTable<LlmNormalizeOptions>& table) {
  using O = LlmNormalizeOptions;
  table.Field("dataset", &O::dataset, "The source data set, for example alice/chats.").Required();
  table.Field("adapter", &O::adapter,
              "The adapter: a name, a data set that one is meant for, or a map of its fields; "
              "nothing: the one meant for `dataset`.");
  table.Field("column", &O::column,
              "Column with the record as JSON; where there is none, the row itself is the record.");
  table
      .Field("format", &O::format,
             "The form of the text: as the published sets have it, which the pools' scorer reads, "
             "or the official one.")
      .Choices({"source", "harmony"});
  table.Field("compat", &O::compat,
              "Lose what the original loses: 30 columns, ids of the text, 32 characters.");
  table.Field("markup", &O::markup, "What becomes of <|name|> in a source text.")
      .Choices({"escape", "drop", "verbatim"});
  table.Field("id", &O::id, "What a row is named by.").Choices({"uuid", "content", "text"});
  table.Field("loss_mode", &O::loss_mode, "Where the loss is taken.")
      .Choices({"assistant_all", "assistant_last"});
  table
      .Field("min_completion", &O::min_completion,
             "Characters that make an answer one; `compat` has 32.")
      .Range(0, 1e9);
  table.Field("eval_json", &O::eval_json, "Keep the evaluation as it came, in meta_eval_json.");
}

RowRules RulesOf(const LlmNormalizeOptions& options) {
  constexpr int64_t kCompatCompletion = 32;
  RowRules rules{.compat = options.compat};
  if (options.format == "harmony") rules.form = HarmonyForm::kOfficial;
  if (options.markup == "drop") rules.markup = MarkupRule::kDrop;
  if (options.markup == "verbatim") rules.markup = MarkupRule::kVerbatim;
  if (options.id == "content") rules.id = IdRule::kContent;
  if (options.id == "text" || options.compat) rules.id = IdRule::kText;
  if (options.loss_mode == "assistant_last") rules.loss = LossMode::kAssistantLast;
  rules.completion_chars_min = options.compat ? kCompatCompletion : options.min_completion;
  return rules;
}

Result<Adapter> AdapterOf(const LlmNormalizeOptions& options) {
  switch (options.adapter.kind) {
    case Setting::Kind::kNull:
      return AdapterFor(options.dataset);
    case Setting::Kind::kScalar:
      return AdapterFor(options.adapter.scalar);
    default:
      return ReadAdapter(options.adapter, "adapter");
  }
}

class LlmNormalize : public Transform, public SeesFiles {
 public:
  static Result<std::unique_ptr<LlmNormalize>> Make(LlmNormalizeOptions options) {
    if (options.compat && options.format == "harmony") {
      return WrongUsage("the original has no official form; remedy: leave out `compat`");
    }
    auto stage = std::make_unique<LlmNormalize>();
    ARROW_ASSIGN_OR_RAISE(stage->adapter_, AdapterOf(options));
    stage->rules_ = RulesOf(options);
    stage->choice_ = {.compat = options.compat, .eval_json = options.eval_json};
    stage->domain_ = DomainOf(stage->adapter_, options.dataset, options.compat);
    stage->options_ = std::move(options);
    return stage;
  }

  void BindFiles(const std::vector<SourceFile>& files) override {
    for (const SourceFile& file : files) files_.push_back(file.name);
    NameWithinSet(&files_);
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    record_column_ = input->GetFieldIndex(options_.column);
    if (record_column_ >= 0) {
      ARROW_RETURN_NOT_OK(TextColumnIndex(*input, options_.column).status());
    } else if (!adapter_.text.empty()) {
      ARROW_ASSIGN_OR_RAISE(text_column_, TextColumnIndex(*input, adapter_.text));
    } else {
      ARROW_RETURN_NOT_OK(CheckJsonSchema(*input));
    }
    schema_ = NormalSchema(choice_);
    return schema_;
  }

  Result<std::vector<std::string>> BindSplits(const std::vector<std::string>& input) override {
    for (const std::string& split : input) {
      splits_.push_back(split);
      prompts_.push_back(PromptsOf(adapter_, split));
    }
    return input;
  }

  Result<Applied> Apply(const Batch& input) const override;

 private:
  class Rows;

  /// The original passes over what is no record without a word.
  bool Counts(std::string_view reason) const {
    return !rules_.compat ||
           (reason != "invalid_json" && reason != "not_an_object" && reason != "no_text");
  }
  RowPlace PlaceOf(const RowRun& run) const;

  /// One that no thread uses: what it has allocated serves batch after batch.
  std::unique_ptr<RowNormalizer> TakeNormalizer() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (idle_.empty()) return std::make_unique<RowNormalizer>(&adapter_, &rules_);
    std::unique_ptr<RowNormalizer> taken = std::move(idle_.back());
    idle_.pop_back();
    return taken;
  }

  LlmNormalizeOptions options_;
  Adapter adapter_;
  RowRules rules_;
  ColumnChoice choice_;
  std::string domain_;
  std::vector<std::string> files_;
  std::vector<std::string> splits_;
  std::vector<SplitPrompts> prompts_;
  int record_column_ = -1;
  int text_column_ = -1;
  std::shared_ptr<arrow::Schema> schema_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<RowNormalizer>> idle_;
};

/// The rows of a batch as records: JSON or Harmony text.
class LlmNormalize::Rows {
 public:
  Rows(const LlmNormalize& stage, const arrow::RecordBatch& rows) : stage_(stage) {
    const int column = stage.record_column_ >= 0 ? stage.record_column_ : stage.text_column_;
    if (column >= 0) {
      text_.emplace(*rows.column(column));
    } else {
      json_.emplace(rows, JsonRowsOptions());
    }
  }

  /// Null, or why the row is dropped.
  const char* Normalize(int64_t row, const SplitPrompts& prompts, RowNormalizer* normalizer,
                        NormalRow* out) {
    if (text_) {
      if (text_->IsNull(row)) return "no_text";
      return stage_.record_column_ >= 0 ? normalizer->Normalize((*text_)[row], prompts, out)
                                        : normalizer->NormalizeText((*text_)[row], out);
    }
    record_.clear();
    if (!json_->Append(row, &record_).ok()) return "row_not_json";
    return normalizer->Normalize(record_, prompts, out);
  }

 private:
  const LlmNormalize& stage_;
  std::optional<TextView> text_;
  std::optional<JsonRows> json_;
  std::string record_;
};

RowPlace LlmNormalize::PlaceOf(const RowRun& run) const {
  const size_t file = size_t(run.file);
  return {.dataset = options_.dataset,
          .domain = domain_,
          .split = splits_[size_t(run.split)],
          .difficulty = prompts_[size_t(run.split)].difficulty,
          .template_version = HarmonyVersion(rules_.form),
          .loss_mode = options_.compat ? std::string_view("assistant_all") : options_.loss_mode,
          .file = file < files_.size() ? std::string_view(files_[file]) : std::string_view(),
          .row = run.row};
}

Result<Applied> LlmNormalize::Apply(const Batch& input) const {
  const int64_t rows = input.rows->num_rows();
  NormalColumns columns(schema_, choice_);
  int64_t bytes = 0;
  if (record_column_ >= 0 || text_column_ >= 0) {
    const auto& column = input.rows->column(std::max(record_column_, text_column_));
    const TextView text(*column);
    for (int64_t row = 0; row < rows; ++row) bytes += int64_t(text[row].size());
  }
  ARROW_RETURN_NOT_OK(columns.Reserve(rows, bytes));
  std::unique_ptr<RowNormalizer> normalizer = TakeNormalizer();
  Rows records(*this, *input.rows);
  Applied applied;
  NormalRow normal;
  int64_t lost[3] = {0, 0, 0};
  std::vector<int64_t> rows_of_split(splits_.size());
  int64_t row = 0;
  for (const RowRun& run : input.origins.runs()) {
    RowPlace place = PlaceOf(run);
    for (int64_t i = 0; i < run.count; ++i, ++row, ++place.row) {
      const char* reason =
          records.Normalize(row, prompts_[size_t(run.split)], normalizer.get(), &normal);
      if (reason == nullptr || Counts(reason)) ++rows_of_split[size_t(run.split)];
      if (reason != nullptr) {
        applied.drops.push_back({.row = row, .reason = reason});
        columns.AppendNulls();
        continue;
      }
      columns.Append(normal, place);
      lost[0] += normal.messages_lost;
      lost[1] += normal.calls_lost;
      lost[2] += normal.contents_lost;
      if (normal.markup_collision) ++applied.counts["markup_collisions"];
    }
  }
  constexpr const char* kLost[3] = {"messages_lost", "calls_lost", "contents_lost"};
  for (int i = 0; i < 3; ++i) {
    if (lost[i] > 0) applied.counts[kLost[i]] = lost[i];
  }
  for (size_t split = 0; split < rows_of_split.size(); ++split) {
    if (rows_of_split[split] == 0) continue;
    applied.counts[Concat("rows_of_split_", split)] = rows_of_split[split];
  }
  ARROW_ASSIGN_OR_RAISE(applied.rows, columns.Finish(rows));
  const std::lock_guard<std::mutex> lock(mutex_);
  idle_.push_back(std::move(normalizer));
  return applied;
}

}  // namespace

StageEntry LlmNormalizeStage() {
  return DefineStage<LlmNormalize, LlmNormalizeOptions>(
      {.name = "llm_normalize",
       .summary = "Makes rows of Harmony text from the records of a distillation set.",
       .details =
           "A record is a JSON object: the column `column` holds it as text (the source `jsonl` "
           "with `raw: line`), or it is the row itself. The adapter says which field is what; "
           "`hubmill llm normalize` and [recipes/llm.md](recipes/llm.md) have the columns and "
           "rules.\n\n"
           "Dropped, each under its reason: `invalid_json`, `not_an_object`, `no_messages`, "
           "`no_statement`, `no_text`, `message_not_an_object`, `tool_name_not_text`, "
           "`lone_surrogate`, `unreadable_header`, `unknown_role` (the adapter's `roles` say what "
           "it means), `output_without_tool` (official form), `markup_collision` (with `markup: "
           "drop`). "
           "Counted: `markup_collisions`, `messages_lost` (without a role), `calls_lost`, "
           "`contents_lost`.",
       .example = "- llm_normalize: {dataset: alice/chats, adapter: chat}\n",
       .shorthand = "dataset"});
}

}  // namespace hubmill

#include "io/jsonl_source.h"

#include <arrow/type.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "io/json_decode.h"
#include "io/json_scan.h"
#include "io/json_schema.h"
#include "io/line_sample.h"
#include "io/option_check.h"
#include "io/raw_lines.h"

namespace hubmill {
namespace {

/// What all morsels of a source share.
struct JsonlShared {
  ColumnPlan plan;
  std::shared_ptr<arrow::Schema> decoded;  // Of the fields that are read.
  std::shared_ptr<arrow::Schema> schema;   // The same, and `raw`.
  JsonDecodeOptions decode;
  std::string raw;  // Name of the column of whole lines; empty: there is none.
  bool raw_alone = false;
  bool raw_views = false;
};

class JsonlMorsel final : public Morsel {
 public:
  JsonlMorsel(LineBlock block, std::shared_ptr<const JsonlShared> shared, int32_t split,
              int64_t rows_max)
      : block_(std::move(block)), shared_(std::move(shared)), split_(split), rows_max_(rows_max) {
    file = block_.file;
    bytes = block_.bytes;
  }

  Result<Decoded> Decode() override {
    JsonDecodeOptions options = shared_->decode;
    options.file = file;
    options.split = split_;
    if (block_.too_long) {
      Decoded out;
      out.row_numbers = 1;
      out.bad_rows.push_back(TooLongRow(1, options.line_bytes_max));
      return out;
    }
    const RawText raw{TextOf(block_), shared_->raw_views ? block_.memory : nullptr};
    if (shared_->raw_alone) return DecodeRawLines(raw, shared_->schema, options, rows_max_);
    ARROW_ASSIGN_OR_RAISE(
        Decoded decoded, DecodeJsonLines(TextOf(block_), shared_->plan, shared_->decoded, options));
    if (!shared_->raw.empty()) {
      ARROW_RETURN_NOT_OK(AddRawLines(raw, shared_->raw, &decoded));
    }
    block_.memory.reset();
    return decoded;
  }

 private:
  LineBlock block_;
  std::shared_ptr<const JsonlShared> shared_;
  int32_t split_;
  int64_t rows_max_;  // Raw lines only.
};

class JsonlReader final : public Source {
 public:
  JsonlReader(InputFiles inputs, LineBlocks::Options options)
      : inputs_(std::move(inputs)),
        files_(SourceFilesOf(inputs_)),
        blocks_(&inputs_.files, &cutter_, options) {}

  Status Bind(const JsonlOptions& options, const SourceContext& context,
              const LineBlocks::Options& block_options);

  const std::shared_ptr<arrow::Schema>& schema() const override { return shared_->schema; }
  const std::vector<SourceFile>& files() const override { return files_; }
  const std::vector<std::string>& splits() const override { return inputs_.splits; }

  Result<std::unique_ptr<Morsel>> Next() override {
    SkipFullSplits();
    ARROW_ASSIGN_OR_RAISE(auto block, blocks_.Next());
    if (!block) return nullptr;
    size_t file = size_t(block->file);
    if (block->file_end) blocks_.Describe(file, &files_[file]);
    const int32_t split = inputs_.files[file].split;
    int64_t rows_max = INT64_MAX;
    if (split_rows_max_ > 0) {
      rows_max = split_rows_max_ - split_rows_[size_t(split)];
      split_rows_[size_t(split)] += block->too_long ? 1 : CountRawLines(TextOf(*block));
    }
    return std::make_unique<JsonlMorsel>(std::move(*block), shared_, split, rows_max);
  }

 private:
  Result<TypeTree> Infer(const JsonlOptions& options, const LineBlocks::Options& block_options);

  /// Passes over files of splits that have their rows; what is left of one is never read.
  void SkipFullSplits() {
    while (split_rows_max_ > 0 && blocks_.files_done() < inputs_.files.size() &&
           split_rows_[size_t(inputs_.files[blocks_.files_done()].split)] >= split_rows_max_) {
      blocks_.SkipFile();
    }
  }

  InputFiles inputs_;
  std::vector<SourceFile> files_;
  LineCutter cutter_;
  LineBlocks blocks_;
  std::shared_ptr<const JsonlShared> shared_;
  int64_t split_rows_max_ = 0;       // 0: all.
  std::vector<int64_t> split_rows_;  // Lines handed out so far, by split.
};

Status JsonArray(const std::string& name) {
  return DataRefused("a JSON array, not JSON lines: file=", name,
                     "; remedy: write one object a line, for example jq -c '.[]' FILE");
}

/// Refuses a file that begins with a list of objects which its first line does not end.  `text` as
/// for DecodeJsonLines().
Status RefuseJsonArray(std::string_view text, const std::string& name) {
  const size_t start = text.find_first_not_of(" \t\r\n");
  if (start == text.npos || text[start] != '[') return Status::OK();
  const char* at = text.data() + start;
  const char first = *SkipJsonSpace(at + 1);
  if (first != '\n' && first != '{') return Status::OK();
  return SkipJsonValue(&at) == JsonError::kNone ? Status::OK() : JsonArray(name);
}

/// Why a sample names no column: the first row's fault, where it has one.
Status RefuseWithoutColumns(const std::optional<LineBlock>& first, const std::string& name,
                            const LineBlocks::Options& options) {
  constexpr char kCannot[] = "the columns cannot be inferred, ";
  constexpr char kRemedy[] = "; remedy: correct the input, or give the columns in `schema:`";
  if (!first || (TextOf(*first).empty() && !first->too_long)) {
    return DataRefused(kCannot, "since the input is empty: file=", name, kRemedy);
  }
  BadRow bad = TooLongRow(1, options.line_bytes_max);
  if (!first->too_long) {
    const std::string_view text = TextOf(*first);
    if (text[std::min(text.find_first_not_of(" \t\r\n"), text.size() - 1)] == '[') {
      return JsonArray(name);
    }
    const TypeTree none{.kind = TypeTree::Kind::kStruct};
    ARROW_ASSIGN_OR_RAISE(
        const Decoded decoded,
        DecodeJsonLines(text, ColumnPlan(none), SchemaOf(none),
                        {.line_bytes_max = options.line_bytes_max, .drop_extra_fields = true}));
    if (decoded.bad_rows.empty()) {
      return DataRefused(kCannot, "since no row names one: file=", name, kRemedy);
    }
    bad = decoded.bad_rows[0];
  }
  return DataRefused(kCannot, "since no row of the sample is good: file=", name, " row=", bad.row,
                     " reason=", bad.reason, ": ", bad.why);
}

Result<TypeTree> JsonlReader::Infer(const JsonlOptions& options,
                                    const LineBlocks::Options& block_options) {
  SampleBounds bounds;
  if (options.infer == "full") {
    if (inputs_.files[0].file_system == nullptr) {
      return WrongUsage(
          "standard input can be read once only: option=infer value=full"
          "; remedy: `infer: sample`, `schema:`, or a file");
    }
    bounds = {.bytes_per_file = INT64_MAX, .files = SIZE_MAX};
  }
  JsonSchemaInference inference(options.json);
  std::optional<LineBlock> first;  // Says why there are no columns.
  std::string first_name;
  int64_t rows = 0;  // Of the file, for messages.
  const auto look = [&](const LineBlock& block, const std::string& name) -> Status {
    if (block.file_start) rows = 0;
    if (block.file_start) ARROW_RETURN_NOT_OK(RefuseJsonArray(TextOf(block), name));
    if (!first || (TextOf(*first).empty() && !first->too_long)) {
      first = block;
      first_name = name;
    }
    if (!block.too_long) return inference.Observe(TextOf(block), name, 1, &rows);
    ++rows;
    return Status::OK();
  };
  ARROW_RETURN_NOT_OK(SampleBlocks(
      inputs_.files, bounds, block_options, [] { return std::make_unique<LineCutter>(); }, look,
      &blocks_));
  TypeTree tree = inference.Finish();
  if (tree.children.empty()) return RefuseWithoutColumns(first, first_name, block_options);
  return tree;
}

/// `json:` columns of a given schema.
Status KeepAsJson(const std::vector<std::string>& columns, TypeTree* tree) {
  for (const std::string& column : columns) {
    auto found = std::find(tree->names.begin(), tree->names.end(), column);
    if (found == tree->names.end()) {
      std::string near = NearestName(column, tree->names);
      return DataRefused("a column of `json:` does not exist: column=", column, "; remedy: ",
                         near.empty() ? "correct `json:`" : "did you mean " + near + "?");
    }
    tree->children[size_t(found - tree->names.begin())] = {.kind = TypeTree::Kind::kJson};
  }
  return Status::OK();
}

Status JsonlReader::Bind(const JsonlOptions& options, const SourceContext& context,
                         const LineBlocks::Options& block_options) {
  JsonDecodeOptions decode{.batch_rows_max = context.batch_rows_max,
                           .line_bytes_max = block_options.line_bytes_max,
                           .drop_extra_fields = options.extra_fields == "drop"};
  split_rows_max_ = options.split_rows_max;
  split_rows_.resize(inputs_.splits.size());
  const auto line = arrow::field(options.raw, RawLineType(options.raw_views));
  if (!options.raw.empty() && options.schema.empty()) {
    const TypeTree tree{.kind = TypeTree::Kind::kString};
    const auto schema = arrow::schema({line});
    shared_ = std::make_shared<JsonlShared>(JsonlShared{ColumnPlan(tree), nullptr, schema, decode,
                                                        options.raw, true, options.raw_views});
    return Status::OK();
  }
  TypeTree tree;
  if (!options.schema.empty()) {
    ARROW_ASSIGN_OR_RAISE(tree, ParseColumns(options.schema));
  } else {
    ARROW_ASSIGN_OR_RAISE(tree, Infer(options, block_options));
  }
  ARROW_RETURN_NOT_OK(KeepAsJson(options.json, &tree));
  const auto decoded = SchemaOf(tree);
  auto schema = decoded;
  if (!options.raw.empty()) {
    ARROW_ASSIGN_OR_RAISE(schema, decoded->AddField(decoded->num_fields(), line));
  }
  shared_ = std::make_shared<JsonlShared>(JsonlShared{ColumnPlan(tree), decoded, schema, decode,
                                                      options.raw, false, options.raw_views});
  return Status::OK();
}

/// What is wrong with options that are each good by themselves.
Status CheckJsonlOptions(const JsonlOptions& options) {
  const bool alone = !options.raw.empty() && options.schema.empty();
  if (alone ? !options.json.empty() : options.split_rows_max > 0) {
    return WrongUsage(
        "options of the source jsonl exclude each other; remedy: `raw` without `json`, or with "
        "`schema` too; `split_rows_max` only with `raw` alone");
  }
  if (options.raw_views && options.raw.empty()) {
    return WrongUsage("`raw_views` says how `raw` is read; remedy: name a column in `raw`");
  }
  const auto taken = [&](const auto& column) { return column.first == options.raw; };
  if (std::any_of(options.schema.begin(), options.schema.end(), taken)) {
    return WrongUsage("`raw` names a column of `schema`: column=", options.raw,
                      "; remedy: another name");
  }
  if (options.schema.empty()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(TypeTree tree, ParseColumns(options.schema));
  return KeepAsJson(options.json, &tree);
}

}  // namespace

void JsonlOptions::Describe(OptionTable<JsonlOptions>& table) {
  table
      .Field("path", &JsonlOptions::path,
             "File, folder, glob or URI; a list of these; or a map from split to these.")
      .Required();
  table.Field("schema", &JsonlOptions::schema,
              "Columns and their types, instead of inferring them, for example {id: int64}.");
  table.Field("json", &JsonlOptions::json,
              "Columns that are kept as JSON text, whatever their values are.");
  table
      .Field(
          "infer", &JsonlOptions::infer,
          "Infer columns from the first 4 MiB of each of the first 64 files (sample), or from all "
          "rows in a pass of their own (full).")
      .Choices({"sample", "full"});
  table
      .Field("extra_fields", &JsonlOptions::extra_fields,
             "What a field that is not among the columns is: an error, or dropped.")
      .Choices({"error", "drop"});
  table
      .Field("line_mb_max", &JsonlOptions::line_mb_max,
             "Longest line in MiB; a longer one is a bad row.")
      .Range(1, 1024);
  table.Field(
      "raw", &JsonlOptions::raw,
      "Name of a column that takes each line as it stands, to be written so again (`raw` of the "
      "sink).  Without `schema` it is the only one, and no JSON is read.");
  table
      .Field("block_kb", &JsonlOptions::block_kb,
             "How many KiB are read and decoded at once; 0: 1,024. No result depends on it.")
      .Range(0, 1 << 20);
  table.Field("raw_views", &JsonlOptions::raw_views,
              "With `raw`: its lines are not copied, but stay where they were read until they are "
              "written (type string_view); for `raw` of the sink only, since few stages take that "
              "type.");
  table
      .Field("split_rows_max", &JsonlOptions::split_rows_max,
             "With `raw`: read so many lines of each split only; 0 reads all.")
      .Range(0, 1e15);
}

const std::vector<std::string>& JsonlExtensions() {
  static const auto* extensions = new std::vector<std::string>{".jsonl", ".ndjson", ".json"};
  return *extensions;
}

Result<std::unique_ptr<Source>> OpenJsonl(InputFiles inputs, const JsonlOptions& options,
                                          const SourceContext& context) {
  ARROW_RETURN_NOT_OK(CheckJsonlOptions(options));
  LineBlocks::Options block_options{
      .block_bytes = options.block_kb > 0 ? options.block_kb << 10 : context.morsel_bytes,
      .line_bytes_max = options.line_mb_max << 20};
  auto source = std::make_unique<JsonlReader>(std::move(inputs), block_options);
  ARROW_RETURN_NOT_OK(source->Bind(options, context, block_options));
  return source;
}

SourceEntry JsonlSource() {
  SourceEntry entry = DescribeEntry<SourceEntry, JsonlOptions>(
      {.name = "jsonl",
       .summary = "JSON lines: one object a line, plain, .gz or .zst.",
       .details =
           "Columns are inferred unless `schema` names them: null and T give T, int and float give "
           "float64, objects structs, arrays lists, nothing but nulls string, nothing but empty "
           "objects JSON text; any other mix is an error that names file, row and column. Fields "
           "that are missing are null. Types: string, int32, int64, float32, float64, bool, "
           "timestamp (microseconds UTC), date, json, list<T>, struct<a: T, b: T>.\n\n"
           "Refused as bad rows: invalid JSON or UTF-8, lone surrogates, duplicate keys, values of "
           "another type, fields that are not among the columns (unless `extra_fields: drop`), "
           "numbers that do not fit, whole numbers that an inferred float64 column would round "
           "(from 2^53 on), more than 1,000 levels, lines over `line_mb_max`. Blank lines "
           "are skipped; the row number is the line number. Memory: a block (1 MiB, or the longest "
           "line) and its columns a thread.",
       .example =
           "source:\n  jsonl:\n    path: {train: data/train-*.jsonl.zst, test: test.jsonl}\n",
       .shorthand = "path"},
      "source");
  AlsoCheck<JsonlOptions>(&entry, &CheckJsonlOptions);
  entry.make = [](const Setting& setting, const OptionContext& option_context,
                  const SourceContext& context) -> Result<std::unique_ptr<Source>> {
    ARROW_ASSIGN_OR_RAISE(auto options, ReadOptions<JsonlOptions>(setting, "path", option_context));
    ARROW_ASSIGN_OR_RAISE(InputFiles inputs,
                          ExpandPaths(options.path, JsonlExtensions(), context.uris));
    return OpenJsonl(std::move(inputs), options, context);
  };
  return entry;
}

}  // namespace hubmill

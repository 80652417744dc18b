#include "io/csv_source.h"

#include <arrow/type.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "io/csv_decode.h"
#include "io/json_decode.h"
#include "io/line_sample.h"
#include "io/option_check.h"

namespace hubmill {
namespace {

struct CsvShared {
  ColumnPlan plan;
  std::shared_ptr<arrow::Schema> schema;
  CsvDecodeOptions decode;
};

class CsvMorsel final : public Morsel {
 public:
  CsvMorsel(LineBlock block, std::shared_ptr<const CsvShared> shared, const InputFile& input)
      : block_(std::move(block)),
        shared_(std::move(shared)),
        name_(input.name),
        split_(input.split) {
    file = block_.file;
    bytes = block_.bytes;
  }

  Result<Decoded> Decode() override {
    CsvDecodeOptions options = shared_->decode;
    if (block_.too_long) {
      if (block_.file_start && options.header) {
        return DataRefused("the header is too long: file=", name_,
                           "; remedy: check that this is CSV, or set `quote`");
      }
      Decoded out;
      out.row_numbers = 1;
      out.bad_rows.push_back(TooLongRow(1, options.line_bytes_max));
      return out;
    }
    options.file = file;
    options.split = split_;
    options.file_name = name_;
    auto decoded =
        DecodeCsv(TextOf(block_), block_.file_start, shared_->plan, shared_->schema, options);
    block_.memory.reset();
    return decoded;
  }

 private:
  LineBlock block_;
  std::shared_ptr<const CsvShared> shared_;
  std::string name_;
  int32_t split_;
};

class CsvReader final : public Source {
 public:
  CsvReader(InputFiles inputs, CsvDialect dialect, LineBlocks::Options options)
      : inputs_(std::move(inputs)),
        files_(SourceFilesOf(inputs_)),
        dialect_(dialect),
        block_options_(options),
        cutter_(dialect),
        blocks_(&inputs_.files, &cutter_, options) {}

  Status Bind(const CsvOptions& options, const SourceContext& context);

  const std::shared_ptr<arrow::Schema>& schema() const override { return shared_->schema; }
  const std::vector<SourceFile>& files() const override { return files_; }
  const std::vector<std::string>& splits() const override { return inputs_.splits; }

  Result<std::unique_ptr<Morsel>> Next() override {
    ARROW_ASSIGN_OR_RAISE(auto block, blocks_.Next());
    if (!block) return nullptr;
    size_t file = size_t(block->file);
    if (block->file_end) blocks_.Describe(file, &files_[file]);
    return std::make_unique<CsvMorsel>(std::move(*block), shared_, inputs_.files[file]);
  }

 private:
  /// Reads a block of the sample: the header, if it is the first of all, and the types.
  Status Look(const LineBlock& block, const std::string& name, const CsvOptions& options);

  InputFiles inputs_;
  std::vector<SourceFile> files_;
  CsvDialect dialect_;
  LineBlocks::Options block_options_;
  CsvCutter cutter_;
  LineBlocks blocks_;
  std::optional<std::vector<std::string>> header_;  // Of the first file with a record.
  std::optional<CsvTypeInference> inference_;
  std::shared_ptr<const CsvShared> shared_;
};

CsvEncoding EncodingOf(const CsvOptions& options) {
  if (options.encoding == "auto") return CsvEncoding::kAuto;
  return options.encoding == "windows-1252" ? CsvEncoding::kWindows1252 : CsvEncoding::kUtf8;
}

CsvHeaderRules HeaderRulesOf(const CsvOptions& options) {
  return {.encoding = EncodingOf(options),
          .trim = options.trim_headers,
          .number_repeats = options.repeated_headers == "number"};
}

Status CsvReader::Look(const LineBlock& block, const std::string& name, const CsvOptions& options) {
  const std::string_view text = TextOf(block);
  if (block.file_start && (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))) {
    return DataRefused("a file is UTF-16, by its first two bytes: file=", name,
                       "; remedy: convert it, for example with iconv -f UTF-16 -t UTF-8");
  }
  std::vector<CsvField> fields;
  CsvParser parser(text, dialect_);
  if (block.file_start && options.header && !text.empty()) {
    ARROW_ASSIGN_OR_RAISE(auto names, ParseCsvHeader(&parser, text, name, HeaderRulesOf(options)));
    if (!header_) header_ = std::move(names);
  }
  while (!parser.at_end()) {
    if (header_ && options.types != "infer") break;
    CsvError error = parser.Next(&fields);
    if (error != CsvError::kNone || fields.empty()) continue;
    if (!header_) header_.emplace(fields.size());
    if (!inference_) inference_.emplace(header_->size());
    inference_->Observe(fields, options.nulls);
  }
  return Status::OK();
}

Status CsvReader::Bind(const CsvOptions& options, const SourceContext& context) {
  ARROW_RETURN_NOT_OK(SampleBlocks(
      inputs_.files, SampleBounds(), block_options_,
      [this] { return std::make_unique<CsvCutter>(dialect_); },
      [&](const LineBlock& block, const std::string& name) { return Look(block, name, options); },
      &blocks_));
  if (!header_ && options.columns.empty()) {
    return DataRefused("the columns cannot be inferred, since the input is empty: file=",
                       inputs_.files[0].name, "; remedy: give them in `columns:`");
  }
  std::vector<std::string> names = header_.value_or(options.columns);
  if (!options.columns.empty()) {
    if (options.columns.size() != names.size()) {
      return DataRefused("`columns` names another number of columns than the file has: named=",
                         options.columns.size(), " found=", names.size(),
                         " file=", inputs_.files[0].name, "; remedy: name every column");
    }
    names = options.columns;
  } else if (!options.header) {
    for (size_t i = 0; i < names.size(); ++i) names[i] = "column_" + std::to_string(i + 1);
  }
  const std::vector<std::string> header_names = header_.value_or(names);
  const std::vector<int> used = options.choose ? options.choose(names) : std::vector<int>();
  if (!used.empty()) {
    std::vector<std::string> chosen;
    for (const int index : used) chosen.push_back(names[size_t(index)]);
    names = std::move(chosen);
  }
  TypeTree tree{.kind = TypeTree::Kind::kStruct, .names = names};
  for (size_t i = 0; i < names.size(); ++i) {
    bool infer = options.types == "infer" && inference_.has_value();
    const size_t field = used.empty() ? i : size_t(used[i]);
    const auto kind = infer ? inference_->kind(field) : TypeTree::Kind::kString;
    tree.children.push_back({.kind = kind, .exact = kind == TypeTree::Kind::kFloat64});
  }
  ARROW_ASSIGN_OR_RAISE(TypeTree given, ParseColumns(options.schema));
  for (size_t i = 0; i < given.names.size(); ++i) {
    auto found = std::find(names.begin(), names.end(), given.names[i]);
    if (found == names.end()) {
      std::string near = NearestName(given.names[i], names);
      return DataRefused("a column of `schema:` does not exist: column=", given.names[i],
                         " file=", inputs_.files[0].name, "; remedy: ",
                         near.empty() ? "correct `schema:`" : "did you mean " + near + "?");
    }
    tree.children[size_t(found - names.begin())] = given.children[i];
  }
  CsvDecodeOptions decode{.dialect = dialect_,
                          .encoding = EncodingOf(options),
                          .nulls = options.nulls,
                          .header = options.header,
                          .header_rules = HeaderRulesOf(options),
                          .header_names = header_names,
                          .fields_used = used,
                          .batch_rows_max = context.batch_rows_max,
                          .line_bytes_max = block_options_.line_bytes_max};
  shared_ =
      std::make_shared<CsvShared>(CsvShared{ColumnPlan(tree), SchemaOf(tree), std::move(decode)});
  return Status::OK();
}

Result<CsvDialect> DialectOf(const CsvOptions& options) {
  CsvDialect out;
  std::string delimiter = options.delimiter == "\\t" ? "\t" : options.delimiter;
  // Nothing that may stand in a number: the number scan relies on it.
  bool bad = delimiter.size() != 1 || uint8_t(delimiter[0]) >= 0x80 || delimiter[0] == 0 ||
             std::string_view("\n\r+-.").find(delimiter[0]) != std::string_view::npos ||
             isalnum(uint8_t(delimiter[0])) || delimiter == options.quote;
  if (bad) {
    return WrongUsage(
        "`delimiter` must be one ASCII character, and no letter, digit, quote, sign or "
        "row end: option=delimiter; remedy: for example ; or \\t");
  }
  if (options.quote.size() > 1 ||
      (options.quote.size() == 1 &&
       (isalnum(uint8_t(options.quote[0])) || uint8_t(options.quote[0]) < 0x20 ||
        std::string_view("+-.").find(options.quote[0]) != std::string_view::npos))) {
    return WrongUsage(
        "`quote` must be one character, or empty for none: option=quote; remedy: for example '");
  }
  out.delimiter = delimiter[0];
  out.quote = options.quote.empty() ? '\0' : options.quote[0];
  return out;
}

/// What is wrong with options that are each good by themselves.
Status CheckCsvOptions(const CsvOptions& options) {
  ARROW_RETURN_NOT_OK(DialectOf(options).status());
  std::set<std::string> names;
  for (const std::string& name : options.columns) {
    if (names.insert(name).second) continue;
    return WrongUsage("`columns` names a column twice: column=", name, "; remedy: name it once");
  }
  ARROW_ASSIGN_OR_RAISE(const TypeTree given, ParseColumns(options.schema));
  for (size_t i = 0; i < given.names.size(); ++i) {
    if (given.children[i].children.empty()) continue;
    return WrongUsage("a CSV column cannot be nested: column=", given.names[i],
                      "; remedy: type string or json");
  }
  return Status::OK();
}

}  // namespace

void CsvOptions::Describe(OptionTable<CsvOptions>& table) {
  table
      .Field("path", &CsvOptions::path,
             "File, folder, glob or URI; a list of these; or a map from split to these.")
      .Required();
  table.Field("delimiter", &CsvOptions::delimiter, "One character between fields.");
  table.Field("quote", &CsvOptions::quote, "The quote character; empty for none.");
  table
      .Field("encoding", &CsvOptions::encoding,
             "What the bytes are: UTF-8, Windows-1252, or auto, each record that is not valid "
             "UTF-8 as Windows-1252.")
      .Choices({"utf-8", "windows-1252", "auto"});
  table.Field("header", &CsvOptions::header, "Whether the first record of a file holds the names.");
  table.Field("columns", &CsvOptions::columns, "Names of all columns, instead of the header's.");
  table.Field("trim_headers", &CsvOptions::trim_headers, "Strip spaces around the header's names.");
  table
      .Field("repeated_headers", &CsvOptions::repeated_headers,
             "What a name that occurs twice is: refused, or numbered (`a`, `a.1`, as pandas does).")
      .Choices({"refuse", "number"});
  table.Field("nulls", &CsvOptions::nulls, "Texts of unquoted fields that mean null.");
  table
      .Field("types", &CsvOptions::types,
             "Infer int64, float64, bool or string from the first 4 MiB of each of the first 64 "
             "files, or take every column as string.")
      .Choices({"infer", "string"});
  table.Field("schema", &CsvOptions::schema, "Types of some columns, instead of inferring them.");
  table
      .Field("line_mb_max", &CsvOptions::line_mb_max,
             "Longest record in MiB; a longer one is a bad row.")
      .Range(1, 1024);
}

const std::vector<std::string>& CsvExtensions() {
  static const auto* extensions = new std::vector<std::string>{".csv", ".tsv"};
  return *extensions;
}

Result<std::unique_ptr<Source>> OpenCsv(InputFiles inputs, const CsvOptions& options,
                                        const SourceContext& context) {
  ARROW_RETURN_NOT_OK(CheckCsvOptions(options));
  ARROW_ASSIGN_OR_RAISE(CsvDialect dialect, DialectOf(options));
  auto source =
      std::make_unique<CsvReader>(std::move(inputs), dialect,
                                  LineBlocks::Options{.block_bytes = context.morsel_bytes,
                                                      .line_bytes_max = options.line_mb_max << 20});
  ARROW_RETURN_NOT_OK(source->Bind(options, context));
  return source;
}

SourceEntry CsvSource() {
  SourceEntry entry = DescribeEntry<SourceEntry, CsvOptions>(
      {.name = "csv",
       .summary = "CSV as in RFC 4180, plain, .gz or .zst.",
       .details =
           "Fields may be quoted; a doubled quote within is one quote; newlines and delimiters may "
           "stand in quotes. LF, CRLF and CR end records, mixed too; a byte order mark is skipped. "
           "An empty unquoted field is null (`nulls` says otherwise), a quoted one is the empty "
           "string. Numbers with leading zeros are taken as text. The row number is that of the "
           "record, the header and blank lines not counted.\n\n"
           "Refused as bad rows: a wrong number of fields, a quote that is not closed (a file that "
           "was cut, a stray quote), text after a closing quote, invalid UTF-8 (unless `encoding` "
           "says otherwise), values of another "
           "type, whole numbers that an inferred float64 column would round (from 2^53 on), "
           "records over `line_mb_max`. Of a record that is broken by a quote (text after a "
           "closing one; none that closes before the file's end, or within `line_mb_max`) the "
           "first line alone is the bad row, and reading goes on at the next line, so that a stray "
           "quote takes no other row with it; a file with too many of these is refused. A quote "
           "within an unquoted field is an ordinary character. All files must have the same "
           "header. Memory: a block (1 MiB, or the longest record) and its columns a thread.",
       .example = "source:\n  csv:\n    path: data/*.csv\n    schema: {zip: string}\n",
       .shorthand = "path"},
      "source");
  AlsoCheck<CsvOptions>(&entry, &CheckCsvOptions);
  entry.make = [](const Setting& setting, const OptionContext& option_context,
                  const SourceContext& context) -> Result<std::unique_ptr<Source>> {
    ARROW_ASSIGN_OR_RAISE(auto options, ReadOptions<CsvOptions>(setting, "path", option_context));
    ARROW_ASSIGN_OR_RAISE(InputFiles inputs,
                          ExpandPaths(options.path, CsvExtensions(), context.uris));
    return OpenCsv(std::move(inputs), options, context);
  };
  return entry;
}

}  // namespace hubmill

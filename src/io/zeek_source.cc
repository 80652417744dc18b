// A row of a Zeek log is a CSV record without quotes, once its comments are gone and the blanks
// that IoT-23 has between its last columns are separators; so the rows are made plain, block by
// block, and DecodeCsv() does the rest.
#include "io/zeek_source.h"

#include <arrow/type.h>

#include <utility>

#include "io/csv_decode.h"
#include "io/json_decode.h"
#include "io/line_sample.h"
#include "io/option_check.h"
#include "io/zeek_header.h"

namespace hubmill {
namespace {

struct ZeekShared {
  ZeekHeader header;
  ColumnPlan plan;
  std::shared_ptr<arrow::Schema> schema;
  CsvDecodeOptions decode;
};

class ZeekMorsel final : public Morsel {
 public:
  ZeekMorsel(LineBlock block, std::shared_ptr<const ZeekShared> shared, const InputFile& input)
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
      Decoded out;
      out.row_numbers = 1;
      out.bad_rows.push_back(TooLongRow(1, options.line_bytes_max));
      return out;
    }
    options.file = file;
    options.split = split_;
    options.file_name = name_;
    ZeekHeader header = shared_->header;
    ARROW_ASSIGN_OR_RAISE(std::string rows, PlainZeekRows(TextOf(block_), name_, &header));
    if (header.separator != shared_->header.separator) {
      return DataRefused("a log has another #separator than the first: file=", name_,
                         "; remedy: give logs of one shape");
    }
    block_.memory.reset();
    const size_t size = rows.size();
    rows.append(size_t(kBlockPadding), '\0');
    ARROW_ASSIGN_OR_RAISE(Decoded out,
                          DecodeCsv(std::string_view(rows.data(), size), /*file_start=*/false,
                                    shared_->plan, shared_->schema, options));
    for (BadRow& bad : out.bad_rows) {
      const size_t remedy = bad.why.find("; remedy:");
      bad.why = bad.why.substr(0, remedy) + "; remedy: get the log whole, if it was cut there";
    }
    return out;
  }

 private:
  LineBlock block_;
  std::shared_ptr<const ZeekShared> shared_;
  std::string name_;
  int32_t split_;
};

class ZeekReader final : public Source {
 public:
  ZeekReader(InputFiles inputs, LineBlocks::Options options)
      : inputs_(std::move(inputs)),
        files_(SourceFilesOf(inputs_)),
        block_options_(options),
        blocks_(&inputs_.files, &cutter_, options) {}

  /// Reads the header of each file of the sample; all must be equal.
  Status Bind(const SourceContext& context) {
    ZeekHeader header;
    const auto look = [&](const LineBlock& block, const std::string& name) {
      std::string_view text = TextOf(block);
      while (text.starts_with('#')) {
        const size_t newline = text.find('\n');
        ARROW_RETURN_NOT_OK(ReadZeekLine(text.substr(0, newline), name, &header));
        text.remove_prefix(newline == text.npos ? text.size() : newline + 1);
      }
      return text.empty() ? Status::OK() : ColumnsOfZeek(header, name).status();
    };
    ARROW_RETURN_NOT_OK(SampleBlocks(
        inputs_.files, SampleBounds(), block_options_,
        [] { return std::make_unique<LineCutter>(); }, look, &blocks_));
    ARROW_ASSIGN_OR_RAISE(const TypeTree tree, ColumnsOfZeek(header, inputs_.files[0].name));
    CsvDecodeOptions decode{.dialect = {.delimiter = header.separator, .quote = '\0'},
                            .nulls = {header.unset, header.empty},
                            .header = false,
                            .header_names = header.fields,
                            .batch_rows_max = context.batch_rows_max,
                            .line_bytes_max = block_options_.line_bytes_max};
    shared_ = std::make_shared<ZeekShared>(
        ZeekShared{std::move(header), ColumnPlan(tree), SchemaOf(tree), std::move(decode)});
    return Status::OK();
  }

  const std::shared_ptr<arrow::Schema>& schema() const override { return shared_->schema; }
  const std::vector<SourceFile>& files() const override { return files_; }
  const std::vector<std::string>& splits() const override { return inputs_.splits; }

  Result<std::unique_ptr<Morsel>> Next() override {
    ARROW_ASSIGN_OR_RAISE(auto block, blocks_.Next());
    if (!block) return nullptr;
    const size_t file = size_t(block->file);
    if (block->file_end) blocks_.Describe(file, &files_[file]);
    return std::make_unique<ZeekMorsel>(std::move(*block), shared_, inputs_.files[file]);
  }

 private:
  InputFiles inputs_;
  std::vector<SourceFile> files_;
  LineBlocks::Options block_options_;
  LineCutter cutter_;
  LineBlocks blocks_;
  std::shared_ptr<const ZeekShared> shared_;
};

}  // namespace

void ZeekOptions::Describe(OptionTable<ZeekOptions>& table) {
  table
      .Field("path", &ZeekOptions::path,
             "File, folder, glob or URI; a list of these; or a map from split to these.")
      .Required();
  table
      .Field("line_mb_max", &ZeekOptions::line_mb_max,
             "Longest line in MiB; a longer one is a bad row.")
      .Range(1, 1024);
}

const std::vector<std::string>& ZeekExtensions() {
  static const auto* extensions = new std::vector<std::string>{".log", ".log.labeled"};
  return *extensions;
}

Result<std::unique_ptr<Source>> OpenZeek(InputFiles inputs, const ZeekOptions& options,
                                         const SourceContext& context) {
  auto source = std::make_unique<ZeekReader>(
      std::move(inputs), LineBlocks::Options{.block_bytes = context.morsel_bytes,
                                             .line_bytes_max = options.line_mb_max << 20});
  ARROW_RETURN_NOT_OK(source->Bind(context));
  return source;
}

SourceEntry ZeekSource() {
  SourceEntry entry = DescribeEntry<SourceEntry, ZeekOptions>(
      {.name = "zeek",
       .summary = "Zeek logs with their `#` header, plain, .gz or .zst.",
       .details =
           "Columns and types are what `#fields` and `#types` say: time, interval and double are "
           "float64; count, int and port int64; all else text. What `#unset_field` (`-`) and "
           "`#empty_field` (`(empty)`) name is null. Lines that start with `#` are no rows; the "
           "row number counts rows alone. IoT-23 has three blanks between its last columns "
           "(`tunnel_parents   label   detailed-label`), in header and rows: they are three "
           "columns.\n\n"
           "Refused as bad rows: a wrong number of fields (a log that was cut), values of another "
           "type, invalid UTF-8, lines over `line_mb_max`. All files must have the same `#fields`; "
           "a file whose rows begin before `#fields` is refused. Memory: twice a block (1 MiB, or "
           "the longest line) and its columns a thread.",
       .example = "source:\n  zeek: captures/conn.log.labeled\n",
       .shorthand = "path"},
      "source");
  entry.make = [](const Setting& setting, const OptionContext& option_context,
                  const SourceContext& context) -> Result<std::unique_ptr<Source>> {
    ARROW_ASSIGN_OR_RAISE(auto options, ReadOptions<ZeekOptions>(setting, "path", option_context));
    ARROW_ASSIGN_OR_RAISE(InputFiles inputs,
                          ExpandPaths(options.path, ZeekExtensions(), context.uris));
    return OpenZeek(std::move(inputs), options, context);
  };
  return entry;
}

}  // namespace hubmill

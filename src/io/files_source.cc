#include "io/files_source.h"

#include <arrow/type.h>

#include <algorithm>

#include "io/csv_source.h"
#include "io/jsonl_source.h"
#include "io/parquet_source.h"
#include "io/zeek_source.h"

namespace hubmill {
namespace {

enum class Format { kUnknown, kJsonl, kCsv, kParquet, kZeek };

bool EndsInOneOf(std::string_view path, const std::vector<std::string>& extensions) {
  return std::any_of(extensions.begin(), extensions.end(),
                     [&](const std::string& extension) { return path.ends_with(extension); });
}

Format FormatOf(std::string_view path) {
  if (EndsInOneOf(path, ParquetExtensions())) return Format::kParquet;
  if (path.ends_with(".gz")) path.remove_suffix(3);
  if (path.ends_with(".zst")) path.remove_suffix(4);
  if (EndsInOneOf(path, JsonlExtensions())) return Format::kJsonl;
  if (EndsInOneOf(path, ZeekExtensions())) return Format::kZeek;
  return EndsInOneOf(path, CsvExtensions()) ? Format::kCsv : Format::kUnknown;
}

Result<Format> FormatOfAll(const InputFiles& inputs, const char* format_remedy) {
  for (const InputFile& file : inputs.files) {
    Format format = FormatOf(file.path);
    if (format == Format::kUnknown) {
      return WrongUsage("a file's format is not known by its extension: file=", file.name,
                        "; remedy: ", format_remedy);
    }
    if (format != FormatOf(inputs.files[0].path)) {
      return WrongUsage("files have different formats: file=", file.name,
                        " first_file=", inputs.files[0].name,
                        "; remedy: give one format, with a glob such as *.jsonl");
    }
  }
  return FormatOf(inputs.files[0].path);
}

/// Opened a second time where only some of the columns, which the first time tells, are wanted.
Result<std::unique_ptr<Source>> OpenChosenParquet(const InputFiles& inputs, const CsvOptions& csv,
                                                  const SourceContext& context) {
  ARROW_ASSIGN_OR_RAISE(auto source, OpenParquet(inputs, {}, context));
  if (!csv.choose) return source;
  const std::vector<std::string> names = source->schema()->field_names();
  ParquetOptions options;
  for (const int index : csv.choose(names)) options.columns.push_back(names[size_t(index)]);
  if (options.columns.empty()) return source;
  return OpenParquet(inputs, options, context);
}

}  // namespace

Result<std::unique_ptr<Source>> OpenFiles(const Setting& path, CsvOptions csv,
                                          const SourceContext& context, const char* format_remedy) {
  std::vector<std::string> extensions = ParquetExtensions();
  for (const auto* more : {&JsonlExtensions(), &CsvExtensions()}) {
    extensions.insert(extensions.end(), more->begin(), more->end());
  }
  extensions.emplace_back(".log.labeled");  // Any other .log in a folder may be some program's.
  ARROW_ASSIGN_OR_RAISE(InputFiles inputs, ExpandPaths(path, extensions, context.uris));
  ARROW_ASSIGN_OR_RAISE(Format format, FormatOfAll(inputs, format_remedy));
  if (format == Format::kParquet) return OpenChosenParquet(inputs, csv, context);
  if (format == Format::kJsonl) return OpenJsonl(std::move(inputs), {}, context);
  if (format == Format::kZeek) return OpenZeek(std::move(inputs), {}, context);
  if (inputs.files[0].path.find(".tsv") != std::string::npos) csv.delimiter = "\t";
  return OpenCsv(std::move(inputs), csv, context);
}

void FilesOptions::Describe(OptionTable<FilesOptions>& table) {
  table
      .Field("path", &FilesOptions::path,
             "File, folder, glob or URI; a list of these; or a map from split to these.")
      .Required();
}

void StdinOptions::Describe(OptionTable<StdinOptions>& table) {
  table.Field("format", &StdinOptions::format, "What standard input holds.")
      .Choices({"jsonl", "csv"});
}

SourceEntry FilesSource() {
  SourceEntry entry = DescribeEntry<SourceEntry, FilesOptions>(
      {.name = "files",
       .summary = "Files of any format that hubmill reads, by their extension.",
       .details =
           "`.jsonl`, `.ndjson` and `.json` are JSON lines, `.csv` and `.tsv` CSV, `.parquet` "
           "Parquet, `.log` and `.log.labeled` Zeek logs (of a folder the latter alone); `.gz` and "
           "`.zst` may follow all but Parquet. All files must be of one format. "
           "`hub://OWNER/NAME` reads a repository's splits, `hub://OWNER/NAME/PATH` files of it "
           "([recipes.md](recipes.md#from-a-hub)); so do the sources of one format. The format's "
           "own options have their defaults; to set them, name the format as source.",
       .example = "source:\n  files: data/\n",
       .shorthand = "path"},
      "source");
  entry.make = [](const Setting& setting, const OptionContext& option_context,
                  const SourceContext& context) -> Result<std::unique_ptr<Source>> {
    ARROW_ASSIGN_OR_RAISE(auto options, ReadOptions<FilesOptions>(setting, "path", option_context));
    return OpenFiles(options.path, {}, context);
  };
  return entry;
}

SourceEntry StdinSource() {
  SourceEntry entry = DescribeEntry<SourceEntry, StdinOptions>(
      {.name = "stdin",
       .summary = "JSON lines or CSV from standard input.",
       .details =
           "gzip and zstd are recognised by their first bytes. Columns are inferred from the first "
           "4 MiB, which are kept and then read as data. A run that reads standard input cannot be "
           "resumed.",
       .example = "source:\n  stdin: csv\n",
       .shorthand = "format"},
      "source");
  entry.make = [](const Setting& setting, const OptionContext& option_context,
                  const SourceContext& context) -> Result<std::unique_ptr<Source>> {
    ARROW_ASSIGN_OR_RAISE(auto options,
                          ReadOptions<StdinOptions>(setting, "format", option_context));
    InputFiles inputs;
    inputs.files.push_back({.name = "stdin", .path = "", .file_system = nullptr});
    inputs.splits = {"train"};
    if (options.format == "csv") return OpenCsv(std::move(inputs), {}, context);
    return OpenJsonl(std::move(inputs), {}, context);
  };
  return entry;
}

}  // namespace hubmill

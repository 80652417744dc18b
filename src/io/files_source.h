// Sources that choose the format: `files` by extension, `stdin` by an option.
#pragma once

#include "core/registry.h"
#include "io/csv_source.h"

namespace hubmill {

struct FilesOptions {
  Setting path;
  static void Describe(OptionTable<FilesOptions>& table);
};

struct StdinOptions {
  std::string format = "jsonl";
  static void Describe(OptionTable<StdinOptions>& table);
};

/// Opens `path` by its files' extensions; CSV as `csv` says (its path is not
/// read); `csv.choose` is asked for the columns of Parquet too.  `format_remedy` is what to do
/// about a file whose extension tells no format.
Result<std::unique_ptr<Source>> OpenFiles(
    const Setting& path, CsvOptions csv, const SourceContext& context,
    const char* format_remedy =
        "say the format: source jsonl, csv, parquet or zeek (convert: --from)");

SourceEntry FilesSource();
SourceEntry StdinSource();

}  // namespace hubmill

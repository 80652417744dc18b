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
/// read); `csv.choose` is asked for the columns of Parquet too.
Result<std::unique_ptr<Source>> OpenFiles(const Setting& path, CsvOptions csv,
                                          const SourceContext& context);

SourceEntry FilesSource();
SourceEntry StdinSource();

}  // namespace hubmill

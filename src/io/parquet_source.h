// Parquet: a row group is a morsel, read in batches by one thread, so that a thread holds one row
// group's pages at most.  Page checksums are verified where a file has them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/registry.h"
#include "io/input_files.h"

namespace hubmill {

struct ParquetOptions {
  Setting path;
  std::vector<std::string> columns;
  std::string schema = "same";
  static void Describe(OptionTable<ParquetOptions>& table);
};

Result<std::unique_ptr<Source>> OpenParquet(InputFiles inputs, const ParquetOptions& options,
                                            const SourceContext& context);

SourceEntry ParquetSource();

/// File names that folders are searched for.
const std::vector<std::string>& ParquetExtensions();

}  // namespace hubmill

// Reading single rows of Parquet files: by number, by id, and through a lineage file.
#pragma once

#include <arrow/record_batch.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/failure.h"
#include "io/input_files.h"

namespace hubmill {

/// Row `row` (from 0) as a batch of one; a damaged file, or one with fewer rows, is kDataRefused.
Result<std::shared_ptr<arrow::RecordBatch>> ReadParquetRow(const InputFile& file, int64_t row);

/// A row of one of several files.
struct FileRow {
  size_t file = 0;
  int64_t row = 0;  // From 0.
  auto operator<=>(const FileRow&) const = default;
};

/// The rows whose `column` is `id`, in order; reads that column of all files, but for the row
/// groups whose statistics exclude it.  A file without the column has none.
Result<std::vector<FileRow>> ScanForId(const std::vector<InputFile>& files,
                                       const std::string& column, const std::string& id,
                                       int threads);

/// What a lineage file (io/lineage.h) says of row `row` (from 0) of `split`.
struct SourceRow {
  int32_t file = 0;
  int64_t row = 0;  // From 1.
};
Result<std::optional<SourceRow>> FindInLineage(const InputFile& lineage, const std::string& split,
                                               int64_t row);

}  // namespace hubmill

// Encodes one row group as a complete Parquet file in memory.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/failure.h"
#include "io/parquet_splice.h"

namespace hubmill {

struct RowGroupOptions {
  std::string compression = "zstd";  // zstd, snappy or none
  int level = 3;                     // zstd only.
};

/// The file that holds `parts` as its only row group; without any row group where there are no
/// rows. A pure function of the rows: how they are divided into parts changes no byte. Thread-safe.
/// REQUIRES: every part has the fields of `schema`.
Result<ParquetPiece> EncodeRowGroup(const std::shared_ptr<arrow::Schema>& schema,
                                    std::vector<std::shared_ptr<arrow::RecordBatch>> parts,
                                    const RowGroupOptions& options);

/// Refuses types that Parquet cannot hold, or not reproducibly, before any row is read.
Status CheckParquetSchema(const arrow::Schema& schema);

}  // namespace hubmill

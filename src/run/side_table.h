// A table for people beside an output, written as one Parquet file: why rows went.
#pragma once

#include <arrow/record_batch.h>

#include <memory>
#include <string>

#include "core/sink.h"
#include "io/output_folder.h"

namespace hubmill {

/// How such tables call a row: FILE:ROW, in UTF-8 whatever the file's name is.
std::string RowId(const std::string& file, int64_t row);

/// Not thread-safe.
class SideTable {
 public:
  static constexpr int64_t kBatchRows = 64 << 10;  // A good size for Append().

  /// Writes to `file`, and leaves its Commit() to the caller.  `owner` is what messages name.
  static Result<SideTable> Open(const SingleFile& file, std::shared_ptr<arrow::Schema> schema,
                                const std::string& owner);

  Status Append(std::shared_ptr<arrow::RecordBatch> rows);
  Status Close();

 private:
  explicit SideTable(std::unique_ptr<Sink> sink) : sink_(std::move(sink)) {}
  Status AppendBlocks(std::vector<std::unique_ptr<Block>> blocks);

  std::unique_ptr<Sink> sink_;
  int64_t written_ = 0;
};

}  // namespace hubmill

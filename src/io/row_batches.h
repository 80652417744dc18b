// Rows that a text decoder appends one by one, cut into batches with their origins.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <utility>
#include <vector>

#include "core/batch.h"
#include "io/column_buffers.h"

namespace hubmill {

/// Not thread-safe.
class RowBatches {
 public:
  /// Rows of `file` and `split`.  `plan`, a struct, and `schema`, its Arrow form, must outlive
  /// this.
  RowBatches(const ColumnPlan* plan, const std::shared_ptr<arrow::Schema>& schema, int64_t rows_max,
             int32_t file, int32_t split)
      : schema_(schema), rows_max_(rows_max), file_(file), split_(split), columns_(plan) {}

  /// Where the next row is appended, and what is left of a bad one cut off.
  ColumnBuffers& columns() { return columns_; }

  /// The last row of columns() is whole; it is number `row` of its morsel.
  Status EndRow(int64_t row) {
    origins_.Append({.file = file_, .split = split_, .row = row, .count = 1});
    return columns_.length() >= rows_max_ ? Flush() : Status::OK();
  }

  /// All batches.  Called once.
  Result<std::vector<Batch>> Finish() {
    ARROW_RETURN_NOT_OK(Flush());
    return std::move(batches_);
  }

 private:
  Status Flush();

  const std::shared_ptr<arrow::Schema>& schema_;
  const int64_t rows_max_;
  const int32_t file_;
  const int32_t split_;
  ColumnBuffers columns_;
  Origins origins_;
  std::vector<Batch> batches_;
};

}  // namespace hubmill

#include "io/row_batches.h"

#include <arrow/array/data.h>
#include <arrow/record_batch.h>

namespace hubmill {

Status RowBatches::Flush() {
  const int64_t rows = columns_.length();
  if (rows == 0) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(auto data, columns_.Finish());
  batches_.push_back({.rows = arrow::RecordBatch::Make(schema_, rows, data->child_data),
                      .origins = std::exchange(origins_, Origins())});
  return Status::OK();
}

}  // namespace hubmill

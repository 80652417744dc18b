// All rows of a table, each batch given to whichever thread is free.
#pragma once

#include <arrow/record_batch.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/failure.h"
#include "view/row_table.h"

namespace hubmill {

struct ScanOptions {
  int threads = 0;                            // 0 means one a core.
  const std::atomic<bool>* cancel = nullptr;  // Once true: a failure "cancelled".
  /// Rows passed so far; rows_total is -1 where it is not known.  Called on any thread, one at a
  /// time.  May be empty.
  std::function<void(int64_t rows, int64_t rows_total)> progress;
};

/// Takes a batch and the number of its first row.  Called on several threads at once.
using UseBatch = std::function<Status(const arrow::RecordBatch& batch, int64_t first_row)>;

/// Shows each row of `columns` (all where empty) once, in no order.  Parquet is decoded on all
/// threads, a row group by one of them; text files are read by one, and used by the others.
/// Returns the number of rows.  Memory: as RowTable::Scan(), a batch a thread.
Result<int64_t> ScanInParallel(RowTable& table, const std::vector<std::string>& columns,
                               const ScanOptions& options, const UseBatch& use);

}  // namespace hubmill

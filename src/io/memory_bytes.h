// How large rows are as Arrow arrays: what the `datasets` library calls num_bytes.
//
// Its figure is the size of the buffers that hold a table.  Buffers differ between a slice and a
// copy, so the rows are measured as if they had been written and read again: one array a column,
// validity bits only where there is a null, and, as pyarrow has it, one offset a row.
#pragma once

#include <arrow/record_batch.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/failure.h"

namespace hubmill {

/// Of the rows of all `parts`, joined.  How they are divided into parts changes nothing.
Result<int64_t> MemoryBytes(const std::vector<std::shared_ptr<arrow::RecordBatch>>& parts);

}  // namespace hubmill

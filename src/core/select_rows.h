// Rows of a batch that stay, for stages that drop rows and sinks that part splits.
#pragma once

#include <arrow/record_batch.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/failure.h"

namespace hubmill {

/// The rows at `kept`, ascending.  Shares memory with `rows` where much of it stays; where little
/// does (less than a quarter of the bytes) it is copied, so that few rows that stay do not keep all
/// that was read in memory.
Result<std::shared_ptr<arrow::RecordBatch>> SelectRows(
    const std::shared_ptr<arrow::RecordBatch>& rows, const std::vector<int64_t>& kept);

}  // namespace hubmill

// How large rows are, by a rule that looks at their values alone.
//
// Output files must not depend on batch sizes or threads, so row groups and shards are cut by this
// measure and never by buffer sizes, which differ between a slice, a filtered and a fresh batch.
#pragma once

#include <arrow/array.h>
#include <arrow/record_batch.h>

#include <cstdint>
#include <vector>

namespace hubmill {

/// The size of each row: fixed-width values as wide as they are, text as its bytes and 4, a list as
/// its items and 4, a null as its fixed part.  A dictionary counts as its values.
std::vector<int64_t> RowBytes(const arrow::RecordBatch& rows);

/// The size of each value of `array`.
std::vector<int64_t> ValueBytes(const arrow::Array& array);

}  // namespace hubmill

// Keys of the groups that `--scope within:COLUMN` compares in: equal values have equal keys, from
// whatever format they come.
#pragma once

#include <arrow/record_batch.h>

#include <vector>

#include "base/hash.h"
#include "core/failure.h"

namespace hubmill {

/// kDataRefused where the column cannot be written as JSON.
Status CheckGroupColumn(const arrow::Schema& schema, int column);

/// A key a row: of the value's canonical JSON (io/json_minify.h), in which numbers are compared by
/// value (whole ones of up to 64 bits exactly, others as float64; -0 is 0), the order of keys in
/// objects does not count, and a member that is null is one that is missing, as Parquet has it.
/// REQUIRES: CheckGroupColumn() accepted the column. `is_json`: the column is text that holds JSON.
std::vector<Hash128> GroupKeys(const arrow::RecordBatch& rows, int column, bool is_json);

}  // namespace hubmill

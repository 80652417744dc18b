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

/// A key a row: of the value's canonical JSON (io/json_minify.h), whole numbers written alike
/// whether they are integers or not.  REQUIRES: CheckGroupColumn() accepted the column.
/// `is_json`: the column is text that holds JSON.
std::vector<Hash128> GroupKeys(const arrow::RecordBatch& rows, int column, bool is_json);

}  // namespace hubmill

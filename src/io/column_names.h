// Names of columns and fields that other programs can read.
#pragma once

#include <arrow/type_fwd.h>

#include "core/failure.h"

namespace hubmill {

/// Refuses (kDataRefused) a name with a NUL, at which the `datasets` library cuts it off, and one
/// that is not UTF-8, which neither Parquet nor JSON may hold; at every level.
Status CheckColumnNames(const arrow::Schema& schema);

}  // namespace hubmill

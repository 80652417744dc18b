// Whether arrays that were read of strangers' bytes can be walked: offsets, lengths, children,
// dictionary indices.  Arrow's ValidateFull() but for UTF-8: text that is none is shown, and said
// to be so, instead of hiding the rows beside it.
#pragma once

#include <arrow/record_batch.h>

#include "core/failure.h"

namespace hubmill {

Status CheckArray(const arrow::Array& array);
/// Every column, and that each is as long as the batch and of the schema's type.
Status CheckBatch(const arrow::RecordBatch& batch);

}  // namespace hubmill

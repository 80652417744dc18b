// Fields within structs, named by their path: `meta.author`.
#pragma once

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <memory>
#include <string>
#include <vector>

#include "core/failure.h"

namespace hubmill {

/// Indices: of a column, then of fields within structs.
using FieldPath = std::vector<int>;

/// What `name` means: a column of that name, else a field of a struct.  kDataRefused where there is
/// none.
Result<FieldPath> FindField(const arrow::Schema& schema, const std::string& name,
                            std::shared_ptr<arrow::DataType>* type);

/// The text that `name` means: a column of that name, else a field of a struct.  kDataRefused where
/// there is none, or it is not text.
Result<FieldPath> FindTextField(const arrow::Schema& schema, const std::string& name);

/// The values at `path`, null where a struct on the way is.
Result<std::shared_ptr<arrow::Array>> FieldAt(const arrow::RecordBatch& rows,
                                              const FieldPath& path);

}  // namespace hubmill

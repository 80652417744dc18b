// A canonical byte form of rows, for hashing: two rows have the same bytes exactly when they hold
// the same values, however their arrays are laid out (slices, offsets, dictionaries).
//
// Texts and lists are preceded by their length, nulls are one byte that no value starts with, -0.0
// is 0.0 and all NaNs are one.  Types are not part of it: keys are compared within one schema.
#pragma once

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "core/failure.h"

namespace hubmill {

/// Two different rows among n have the same key with probability n^2 / 2^129: about 1 in 10^20 for
/// a billion rows.
using RowKey = Hash128;

inline RowKey KeyOfBytes(std::string_view bytes) { return Xxh3Hash128(bytes); }

/// kDataRefused for types without a canonical form (unions, run-end encodings, extension types).
Status CheckKeyType(const std::string& column, const arrow::DataType& type);

/// Appends the value at `row` to `out`.  REQUIRES: CheckKeyType() accepted the type.
void AppendValueBytes(const arrow::Array& array, int64_t row, std::string* out);

/// Keys of all rows over the columns given.  A single text column is hashed in place.
void ComputeRowKeys(const arrow::RecordBatch& rows, const std::vector<int>& columns,
                    std::vector<RowKey>* keys);

}  // namespace hubmill

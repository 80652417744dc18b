// A hash of a value that is the same in every format and type that can hold it.
//
// 1 is 1.0 and true is neither; whole numbers of any width are one; a text is its bytes, in string
// and large_string; -0.0 is 0.0 and all NaN are one; a time is its instant whatever its unit or
// zone; a list is its items, an object its fields that are not null, in any order; a dictionary is
// its values.  Where one side has float32 (or decimals) and the other has not, both are compared as
// float32 (as float64).  Null is equal to null.
#pragma once

#include <arrow/array/array_base.h>
#include <arrow/type.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/hash.h"

namespace hubmill {

/// How the values of one column are brought together on both sides.
struct ValueForm {
  bool as_float32 = false;
  bool decimal_as_float64 = false;
};
ValueForm FormOf(const arrow::DataType& a, const arrow::DataType& b);

/// Of the value at `row`.
Hash128 HashValue(const arrow::Array& values, int64_t row, ValueForm form);

/// Of rows [first, first + count): hashes[i * stride] is that of row first + i.
void HashValues(const arrow::Array& values, int64_t first, int64_t count, ValueForm form,
                size_t stride, Hash128* hashes);

}  // namespace hubmill

// Numbers as ECMAScript writes them (Number::toString, and so JSON.stringify): the shortest digits
// that read back, plain from 1e-6 up to 1e21, else as 1e+21 and 1.5e-7.
#pragma once

#include <cstddef>

namespace hubmill {

inline constexpr size_t kEcmaNumberBytesMax = 32;

/// Writes `value` and returns the bytes; negative zero is 0.  REQUIRES: value is finite, and `out`
/// has room for kEcmaNumberBytesMax.
size_t WriteEcmaNumber(double value, char* out);

}  // namespace hubmill

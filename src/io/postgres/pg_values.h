// Values in PostgreSQL's binary format, into Arrow builders.
//
// The format of each type is that of its send function in PostgreSQL 15 (src/backend/utils/adt).
#pragma once

#include <arrow/type_fwd.h>

#include <bit>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/failure.h"
#include "io/postgres/pg_types.h"

namespace hubmill {

/// An integer as the network has it.  REQUIRES: sizeof(T) readable bytes.
template <typename T>
T ReadBigEndian(const char* from) {
  std::make_unsigned_t<T> value;
  std::memcpy(&value, from, sizeof value);
  if constexpr (sizeof value == 2) value = __builtin_bswap16(value);
  if constexpr (sizeof value == 4) value = __builtin_bswap32(value);
  if constexpr (sizeof value == 8) value = __builtin_bswap64(value);
  return T(value);
}

/// What PgReader says of bytes that are no value of the type at all.
extern const char* const kPgMalformed;

/// A value that cannot be held.
struct PgWrong {
  size_t index = 0;
  const char* why = "";
};

/// Takes the values of one column.  Not thread-safe.
class PgReader {
 public:
  virtual ~PgReader() = default;

  /// Adds a value.  Where Arrow's type cannot hold it, or the bytes are no value, `wrong` is set to
  /// the reason, and the column is of no further use.
  virtual Status Append(std::string_view value, const char** wrong) = 0;

  /// Adds values, null where a view's data is.  Those that cannot be held go to `wrong`, after
  /// which the column is of no further use.
  virtual Status AppendAll(std::span<const std::string_view> values, std::vector<PgWrong>* wrong);

  virtual arrow::ArrayBuilder* builder() = 0;
};

std::unique_ptr<PgReader> MakePgReader(const PgType& type);

/// A binary numeric as PostgreSQL prints it, with all its digits; false where it is malformed.
bool AppendPgNumeric(std::string_view value, std::string* out);

}  // namespace hubmill

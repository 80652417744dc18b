// PostgreSQL's types as Arrow's.
//
// | PostgreSQL | Arrow |
// |---|---|
// | bool; int2, int4, int8, oid; float4, float8 | bool; int16, int32, int64, int64; float, double |
// | numeric(p, s), 1 <= p <= 38, 0 <= s <= p | decimal128(p, s) |
// | numeric of any other kind | utf8: all its digits |
// | text, varchar, char, name, citext, enums, json, jsonb, uuid | utf8 |
// | bytea | binary |
// | date, time | date32, time64[us] |
// | timestamp, timestamptz | timestamp[us], timestamp[us, UTC] |
// | a one-dimensional array of these | list of these |
//
// Type numbers are those of PostgreSQL's src/include/catalog/pg_type.dat, which never change.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace hubmill {

/// How a value lies on the wire in PostgreSQL's binary format.
enum class PgKind : uint8_t {
  kBool,
  kInt16,
  kInt32,
  kInt64,
  kOid,  // Unsigned, 4 bytes.
  kFloat32,
  kFloat64,
  kDecimal,      // numeric that fits a decimal128
  kNumericText,  // numeric that need not
  kText,
  kJsonb,  // A version byte, then text.
  kUuid,
  kBytes,
  kDate,
  kTime,
  kTimestamp,
  kTimestampUtc,
};

struct PgType {
  PgKind kind = PgKind::kText;
  int32_t precision = 0;  // kDecimal
  int32_t scale = 0;      // kDecimal
  bool array = false;     // One-dimensional, of `kind`.
};

struct PgColumn {
  std::string name;
  PgType type;
};

/// The type of a built-in type number, or nothing.  `modifier` as RowDescription has it (-1: none).
std::optional<PgType> PgTypeOf(uint32_t type_number, int32_t modifier);

std::shared_ptr<arrow::DataType> ArrowTypeOf(const PgType& type);

}  // namespace hubmill

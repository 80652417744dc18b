#include "io/postgres/pg_types.h"

#include <arrow/type.h>

namespace hubmill {
namespace {

/// A numeric's modifier holds precision and scale, 4 more than their bits (numeric.c).
PgType NumericOf(int32_t modifier) {
  if (modifier >= 4) {
    const int32_t bits = modifier - 4;
    const int32_t precision = (bits >> 16) & 0xFFFF;
    const int32_t scale = ((bits & 0x7FF) ^ 1024) - 1024;
    if (precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision) {
      return {.kind = PgKind::kDecimal, .precision = precision, .scale = scale};
    }
  }
  return {.kind = PgKind::kNumericText};
}

struct KnownType {
  uint32_t number;
  uint32_t array_number;
  PgKind kind;
};

constexpr KnownType kKnownTypes[] = {
    {16, 1000, PgKind::kBool},          {17, 1001, PgKind::kBytes},
    {18, 1002, PgKind::kText},          {19, 1003, PgKind::kText},
    {20, 1016, PgKind::kInt64},         {21, 1005, PgKind::kInt16},
    {23, 1007, PgKind::kInt32},         {25, 1009, PgKind::kText},
    {26, 1028, PgKind::kOid},           {114, 199, PgKind::kText},
    {700, 1021, PgKind::kFloat32},      {701, 1022, PgKind::kFloat64},
    {1042, 1014, PgKind::kText},        {1043, 1015, PgKind::kText},
    {1082, 1182, PgKind::kDate},        {1083, 1183, PgKind::kTime},
    {1114, 1115, PgKind::kTimestamp},   {1184, 1185, PgKind::kTimestampUtc},
    {1700, 1231, PgKind::kNumericText}, {2950, 2951, PgKind::kUuid},
    {3802, 3807, PgKind::kJsonb},
};

}  // namespace

std::optional<PgType> PgTypeOf(uint32_t type_number, int32_t modifier) {
  for (const KnownType& known : kKnownTypes) {
    if (known.number != type_number && known.array_number != type_number) continue;
    PgType type =
        known.kind == PgKind::kNumericText ? NumericOf(modifier) : PgType{.kind = known.kind};
    type.array = known.array_number == type_number;
    return type;
  }
  return std::nullopt;
}

std::shared_ptr<arrow::DataType> ArrowTypeOf(const PgType& type) {
  if (type.array) {
    PgType item = type;
    item.array = false;
    return arrow::list(ArrowTypeOf(item));
  }
  switch (type.kind) {
    case PgKind::kBool:
      return arrow::boolean();
    case PgKind::kInt16:
      return arrow::int16();
    case PgKind::kInt32:
      return arrow::int32();
    case PgKind::kInt64:
    case PgKind::kOid:
      return arrow::int64();
    case PgKind::kFloat32:
      return arrow::float32();
    case PgKind::kFloat64:
      return arrow::float64();
    case PgKind::kDecimal:
      return arrow::decimal128(type.precision, type.scale);
    case PgKind::kBytes:
      return arrow::binary();
    case PgKind::kDate:
      return arrow::date32();
    case PgKind::kTime:
      return arrow::time64(arrow::TimeUnit::MICRO);
    case PgKind::kTimestamp:
      return arrow::timestamp(arrow::TimeUnit::MICRO);
    case PgKind::kTimestampUtc:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case PgKind::kNumericText:
    case PgKind::kText:
    case PgKind::kJsonb:
    case PgKind::kUuid:
      break;
  }
  return arrow::utf8();
}

}  // namespace hubmill

// Thrift's compact protocol as a tree: parse, change a few numbers, render.
//
// A Parquet footer is one Thrift struct.  Splicing row groups (parquet_splice.h) changes a handful
// of offsets in it and must keep everything else, also fields that a newer Arrow writes and we have
// never heard of; a tree of (id, type, value) does that without generated code and without a list
// of fields.
//
// Format: "Thrift Compact protocol encoding", doc/specs/thrift-compact-protocol.md of
// apache/thrift. Maps, sets and UUIDs do not occur in parquet.thrift and are refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"

namespace hubmill {

/// The protocol's own type numbers.  In a list a boolean is one byte, 1 or 2.
enum class ThriftType : uint8_t {
  kTrue = 1,
  kFalse = 2,
  kByte = 3,
  kI16 = 4,
  kI32 = 5,
  kI64 = 6,
  kDouble = 7,
  kBinary = 8,
  kList = 9,
  kStruct = 12,
};

struct ThriftField;

struct ThriftValue {
  ThriftType type = ThriftType::kStruct;
  ThriftType item_type = ThriftType::kStruct;  // kList
  int64_t number = 0;                          // Integers; the bits of a double.
  std::string bytes;                           // kBinary
  std::vector<ThriftValue> items;              // kList
  std::vector<ThriftField> fields;             // kStruct, in the order written

  /// The field `id`, or null.  REQUIRES: type == kStruct.
  const ThriftValue* Find(int16_t id) const;
  ThriftValue* Find(int16_t id);
  bool operator==(const ThriftValue&) const;
};

struct ThriftField {
  int16_t id = 0;
  ThriftValue value;
  bool operator==(const ThriftField& other) const { return id == other.id && value == other.value; }
};

inline constexpr int kThriftDepthMax = 32;
inline constexpr size_t kThriftBytesMax = size_t(256) << 20;

/// Parses the struct at the start of `*input` and removes it from `*input`.  Bytes that are no such
/// struct, or are over the bounds above, are an error; nothing of them is repeated in its message.
Result<ThriftValue> ParseThrift(std::string_view* input);

/// Appends `value` to `out` in canonical form (shortest numbers, short field headers).
/// REQUIRES: value.type == kStruct.
void RenderThrift(const ThriftValue& value, std::string* out);

}  // namespace hubmill

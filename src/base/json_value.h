// A JSON document as a value, read and written as Python's json module does it.
//
// Problem.  Ids and texts of data sets that Python programs made are hashes of what json.dumps
// wrote, so a value must come back to the byte: integers of any size, floats in Python's layout,
// NaN and Infinity (which JSON does not have), keys in the order given or sorted by code point, of
// repeated keys the last value at the first one's place.  No JSON library at hand keeps all of
// these.  For small documents (tool schemas, tool outputs, one conversation); rows in bulk are read
// by io/json_scan.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hubmill {

inline constexpr int kJsonValueDepthMax = 1000;         // Lists and objects within each other.
inline constexpr size_t kJsonValueIntDigitsMax = 4300;  // Python's own bound.

struct JsonMember;

struct JsonValue {
  enum class Kind : uint8_t { kNull, kBool, kInt, kDouble, kString, kList, kObject };

  Kind kind = Kind::kNull;
  bool boolean = false;
  double number = 0;                // Of a kDouble; may be NaN or infinite.
  std::string text;                 // Of a kString, in UTF-8; the digits of a kInt.
  std::vector<JsonValue> items;     // Of a kList.
  std::vector<JsonMember> members;  // Of a kObject, in the order given, each key once.

  bool IsString() const { return kind == Kind::kString; }
  bool IsList() const { return kind == Kind::kList; }
  bool IsObject() const { return kind == Kind::kObject; }

  /// The member of that key; null where there is none, or this is no object.
  const JsonValue* Find(std::string_view key) const;
  /// The same, null also where the member is no string, or no list.
  const std::string* FindString(std::string_view key) const;
  const JsonValue* FindList(std::string_view key) const;
};

struct JsonMember {
  std::string key;
  JsonValue value;
};

/// Where a text stops being JSON, and what should stand there.
struct JsonFault {
  size_t offset_bytes = 0;
  std::string_view expected;
};

/// Reads one value with white space around it; nothing where all went well.  NaN, Infinity and
/// -Infinity are numbers; control characters in strings, and what is nested deeper than
/// kJsonValueDepthMax, are faults.  A lone surrogate escape becomes the three bytes that UTF-8
/// forbids for it, so that IsValidUtf8() finds it.  `value` may be null: then it is only checked.
[[nodiscard]] std::optional<JsonFault> ParseJsonValue(std::string_view text, JsonValue* value);

struct JsonStyle {
  bool sort_keys = false;
  bool compact = false;  // No blanks after ',' and ':'.
};

/// As json.dumps(..., ensure_ascii=False) writes it.
void AppendJsonValue(const JsonValue& value, JsonStyle style, std::string* out);

}  // namespace hubmill

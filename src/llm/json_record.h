// One JSON document as a tree of views, read at the speed of bulk data with Python's meaning.
//
// Nearly all records are plain JSON, which is read in one pass by the scanner of the JSONL source
// (io/json_scan.h).  What that refuses but Python's json takes (NaN, 1e400, lone surrogates) is
// read again by base/json_value.h, so both give the same tree: of repeated keys the last value, at
// the first one's place.  A record allocates nothing once the reader has seen one as large.
//
// simdjson's DOM would do, but the wheel's libparquet exports a newer simdjson, and a program that
// loads both mixes their parsers.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_value.h"

namespace hubmill {

struct JsonField;

/// A value.  All views live until the reader's next Parse().
struct JsonNode {
  JsonValue::Kind kind = JsonValue::Kind::kNull;
  bool boolean = false;
  double number = 0;                  // Of a kDouble; may be NaN or infinite.
  std::string_view text;              // Of a kString; the digits of a kInt.
  std::span<const JsonNode> items;    // Of a kList.
  std::span<const JsonField> fields;  // Of a kObject, each key once.

  bool IsNull() const { return kind == JsonValue::Kind::kNull; }
  bool IsString() const { return kind == JsonValue::Kind::kString; }
  bool IsList() const { return kind == JsonValue::Kind::kList; }
  bool IsObject() const { return kind == JsonValue::Kind::kObject; }

  /// The value of that key; null where there is none, or this is no object.
  const JsonNode* Find(std::string_view key) const;
  /// Its text; null also where the value is no string.
  const std::string_view* FindString(std::string_view key) const;
};

struct JsonField {
  std::string_view key;
  JsonNode value;
};

/// As AppendJsonValue().
void AppendJson(const JsonNode& node, JsonStyle style, std::string* out);

/// Not thread-safe.
class JsonReader {
 public:
  JsonReader();
  ~JsonReader();

  /// The document in `text`, null where it is none.  The tree lives until the next call.
  const JsonNode* Parse(std::string_view text);

  /// Whether a string of the last document may hold a lone surrogate, and so be no UTF-8.
  bool surrogates() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace hubmill

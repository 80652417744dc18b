// A record with some of its values replaced, as a tree of views like JsonReader's: nodes are made
// new along the way to what changes, everything below is shared.
#pragma once

#include <cstddef>
#include <deque>
#include <string_view>
#include <vector>

#include "llm/json_record.h"

namespace hubmill {

/// What it makes lives until Clear(), and no longer than the trees it was made of.  Not
/// thread-safe; a record allocates little once one as large was seen.
class JsonEdit {
 public:
  void Clear();

  /// The document in `text`, null where it is none.
  const JsonNode* Parse(std::string_view text);
  /// Whether a text that was parsed may hold a lone surrogate.
  bool surrogates() const { return surrogates_; }

  JsonNode List(std::vector<JsonNode> items);
  JsonNode Object(std::vector<JsonField> fields);
  /// `object` with `value` under a key that it has.
  JsonNode With(const JsonNode& object, std::string_view key, const JsonNode& value);

 private:
  std::deque<JsonReader> readers_;
  size_t readers_used_ = 0;
  std::deque<std::vector<JsonNode>> lists_;
  std::deque<std::vector<JsonField>> objects_;
  bool surrogates_ = false;
};

}  // namespace hubmill

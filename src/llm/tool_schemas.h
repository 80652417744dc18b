// The tools of a record as a tree, also where a set keeps them as JSON within a string: the whole
// list, one tool of it, or the parameters of one.
//
// Parquet has no column for schemas of any shape, so published sets often hold them as text.  The
// program that made the source's sets reads no such text, and `compat` does not come here.
#pragma once

#include "llm/json_edit.h"

namespace hubmill {

/// Not thread-safe.
class ToolSchemas {
 public:
  /// The tools in `field`, a record's; null where there are none.  The tree lives until the next
  /// call, and no longer than the record.
  const JsonNode* Read(const JsonNode* field);

  /// Whether something in the last field is neither a schema nor JSON of one; it stays as it is.
  bool broken() const { return broken_; }
  /// Whether a text in the tree may hold a lone surrogate.
  bool surrogates() const { return edit_.surrogates(); }

 private:
  JsonNode ReadTool(const JsonNode& tool);

  JsonEdit edit_;
  JsonNode tools_;
  bool broken_ = false;
};

}  // namespace hubmill

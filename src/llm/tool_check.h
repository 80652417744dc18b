// Whether the calls of a conversation fit the tools that it was given: what makes a tool payload
// malformed.  The original looks at outputs instead, takes a printed list such as [1 2] for broken
// JSON and never sees a broken call.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "llm/json_record.h"

namespace hubmill {

/// Not thread-safe: it holds a reader for arguments, which are JSON within JSON.
class ToolCheck {
 public:
  /// `messages` is a list; `tools` a list or object of schemas, or null: then any name is known.
  /// Null where all calls fit, else the first fault, with static lifetime:
  ///   call_without_name, arguments_not_json, unknown_tool, missing_parameter,
  ///   output_without_call
  const char* FirstFault(const JsonNode& messages, const JsonNode* tools);

 private:
  const char* CheckCall(const JsonNode& call, const JsonNode* tools);
  const char* CheckOutput(const JsonNode& message);

  JsonReader arguments_;
  std::set<std::string_view> call_ids_;
  int64_t calls_ = 0;
  int64_t outputs_ = 0;
};

}  // namespace hubmill

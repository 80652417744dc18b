// From a record's chat messages to the official Harmony form: one system and one developer message,
// tools as declarations, calls with recipients, outputs that say whose they are.
//
// docs/formats/harmony.md has the form; the texts themselves are made by text/harmony_content.h.
#pragma once

#include <string_view>
#include <vector>

#include "llm/conversation.h"
#include "llm/json_record.h"

namespace hubmill {

/// What stands before the conversation.
struct OfficialPrompts {
  std::string_view effort;        // low, medium, high; empty: medium.
  std::string_view instructions;  // Of the developer; empty: those of the record alone.
};

/// Not thread-safe.
class OfficialReader {
 public:
  /// Adds system and developer message, then what is in `messages`, a list.  `tools`: schemas, or
  /// null.  Returns null, or why the record cannot be rendered: a reason with static lifetime.
  [[nodiscard]] const char* Read(const JsonNode& messages, const JsonNode* tools,
                                 const OfficialPrompts& prompts, Conversation* out);

 private:
  struct Call {
    std::string_view id;
    std::string_view author;  // "python", "functions.get_weather"
  };
  size_t AddPrompts(const JsonNode& messages, const JsonNode* tools, const OfficialPrompts& prompts,
                    Conversation* out);
  const char* ReadMessage(const JsonNode& message, Conversation* out);
  const char* ReadAssistant(const JsonNode& message, Conversation* out);
  bool ReadCall(const JsonNode& call, Conversation* out);
  const char* ReadOutput(const JsonNode& message, Conversation* out);

  JsonReader arguments_;
  std::vector<Call> calls_;
  size_t answered_ = 0;  // Calls that an output without an id has been given to.
};

}  // namespace hubmill

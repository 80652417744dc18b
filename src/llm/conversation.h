// From a record's chat messages (role, content, reasoning, tool calls) to Harmony messages of the
// source form.
//
// The program that made the published sets loses what it did not expect: a call whose arguments are
// an object, content beside a call, content that is a list.  Under `compat` the same is lost, to
// the byte; else everything is kept, and what cannot be is counted.  docs/recipes/llm.md has the
// rules.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/json_record.h"
#include "text/harmony.h"

namespace hubmill {

/// Messages and the texts that were made for them.  Views point into the record or into `texts`.
struct Conversation {
  std::vector<HarmonyMessage> messages;
  std::deque<std::string> texts;
  int64_t calls = 0;
  int64_t calls_lost = 0;     // Not an object, without function, or as `compat` loses them.
  int64_t contents_lost = 0;  // `compat`: beside a call, or no text.
  int64_t messages_lost = 0;  // Without a role.
  bool surrogates = false;    // Arguments hold a lone surrogate: the text cannot be UTF-8.

  void Clear();
  void Add(std::string_view role, std::optional<std::string_view> channel, std::string_view content,
           HarmonyEnd end = HarmonyEnd::kAuto);
  /// A string that lives as long as the conversation.
  std::string_view Keep(std::string text);
};

/// Not thread-safe: it holds a reader for arguments, which are JSON within JSON.
class ConversationReader {
 public:
  explicit ConversationReader(bool compat) : compat_(compat) {}

  /// Adds what is in `messages`, a list.  Returns null, or why the record cannot be rendered: a
  /// reason with static lifetime.
  [[nodiscard]] const char* Read(const JsonNode& messages, Conversation* out);

 private:
  const char* ReadAssistant(const JsonNode& message, Conversation* out);
  const char* ReadCall(const JsonNode& call, Conversation* out);
  std::string_view CallBody(const JsonNode* arguments, bool python, Conversation* out);
  std::string_view ContentOf(const JsonNode* content, Conversation* out) const;

  bool compat_;
  JsonReader arguments_;
};

/// A content that is no string, as text: parts that are text, each a line; else JSON with sorted
/// keys.
std::string TextOfContent(const JsonNode& content);

/// Whether the name means the Python tool, which is called with bare code.
bool IsPythonTool(std::string_view name);

}  // namespace hubmill

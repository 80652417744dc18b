// Messages that call their fields and roles otherwise ({"from": "human", "value": "..."}) as chat
// messages ({"role": "user", "content": "..."}), so that all that reads messages knows one form.
#pragma once

#include "llm/adapter.h"
#include "llm/json_edit.h"

namespace hubmill {

/// Not thread-safe.
class ChatForm {
 public:
  /// `adapter` outlives it.
  explicit ChatForm(const Adapter* adapter);

  /// `messages`, a list, in that form: itself where the adapter says nothing else.  The tree lives
  /// until the next call, and no longer than the record.
  const JsonNode& Read(const JsonNode& messages);

  /// Whether a text that was made may hold a lone surrogate.
  bool surrogates() const { return edit_.surrogates(); }

 private:
  JsonNode ReadMessage(const JsonNode& message);
  /// Messages of the role `call` hold {"name", "arguments"}, or a list of these.
  JsonNode CallsOf(const JsonNode& content);

  const Adapter& adapter_;
  const bool usual_;
  JsonEdit edit_;
  JsonNode messages_;
};

}  // namespace hubmill

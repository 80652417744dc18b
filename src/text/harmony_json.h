// Harmony messages as JSON: the shape of openai-harmony's Message.to_dict() for the official form,
// and {"role", "channel", "content", "end_tag"} for the source form.  docs/formats/harmony.md has
// both.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_value.h"
#include "text/harmony.h"

namespace hubmill {

/// Messages, and the texts that were made for them.  The views point into `texts` and into the
/// JsonValue that was read, which must outlive this.  Movable, not copyable.
struct HarmonyConversation {
  std::vector<HarmonyMessage> messages;
  std::deque<std::string> texts;

  HarmonyConversation() = default;
  HarmonyConversation(HarmonyConversation&&) = default;
  HarmonyConversation& operator=(HarmonyConversation&&) = default;
};

/// Reads {"messages": [...]}.  Contents of an official message: a string, or a list of `text`,
/// `system_content` and `developer_content`; in the source form what is no string becomes JSON text
/// with sorted keys, null the empty text.  Returns what is wrong, with the message's number, or
/// nothing.
[[nodiscard]] std::optional<std::string> ReadHarmonyJson(const JsonValue& conversation,
                                                         HarmonyForm form,
                                                         HarmonyConversation* out);

/// Appends the list of messages.  `end_tag` is "" where the text ended first; `unescape`: contents
/// lose their backslashes, as EscapeHarmonyMarkup() set them.
void AppendHarmonyJson(std::span<const HarmonyMessage> messages, HarmonyForm form, bool unescape,
                       std::string* out);

}  // namespace hubmill

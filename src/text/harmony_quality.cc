#include "text/harmony_quality.h"

#include <algorithm>
#include <optional>

#include "base/hash.h"
#include "base/utf8.h"

namespace hubmill {
namespace {

/// A source-form role may carry a recipient: "assistant to=python".
bool IsAssistant(const HarmonyMessage& message) {
  return message.role == "assistant" || message.role.starts_with("assistant ");
}

/// A tool speaks under its own name, so it is whoever nobody else is.
bool IsTool(const HarmonyMessage& message) {
  return message.role != "system" && message.role != "developer" && message.role != "user" &&
         !message.role.starts_with("assistant");
}

/// The message that answers; null where there is none.
const HarmonyMessage* LastAnswer(std::span<const HarmonyMessage> messages) {
  const auto last = std::find_if(messages.rbegin(), messages.rend(), [](const auto& message) {
    return IsAssistant(message) && message.channel.value_or("final") == "final";
  });
  return last == messages.rend() ? nullptr : &*last;
}

bool EndsInReturn(std::string_view text) {
  return StripPythonSpace(text).ends_with(HarmonyEndTag(HarmonyEnd::kReturn));
}

bool LooksLikeBrokenJson(const HarmonyMessage& message) {
  const std::string_view content = StripPythonSpace(message.content);
  return (content.starts_with('{') || content.starts_with('[')) &&
         ParseJsonValue(content, nullptr).has_value();
}

}  // namespace

std::vector<LossSpan> LossSpans(std::string_view text, std::span<const HarmonyMessage> messages,
                                const LossSpanOptions& options) {
  std::vector<LossSpan> spans;
  size_t counted_to = 0;
  int64_t counted = 0;
  // Offsets ascend, so each character is counted once.
  const auto position = [&](size_t offset) {
    if (options.in_bytes) return static_cast<int64_t>(offset);
    counted += static_cast<int64_t>(CountCodePoints(text.substr(counted_to, offset - counted_to)));
    counted_to = offset;
    return counted;
  };
  const bool last_only = options.mode == LossMode::kAssistantLast;
  const HarmonyMessage* answer = last_only ? LastAnswer(messages) : nullptr;
  for (const HarmonyMessage& message : messages) {
    if (last_only ? &message != answer : !IsAssistant(message)) continue;
    const size_t begin = static_cast<size_t>(message.content.data() - text.data());
    size_t end = begin + message.content.size();
    if (options.include_end_tag) end += HarmonyEndTag(message.end).size();
    const int64_t from = position(begin);
    spans.push_back({from, position(end)});
  }
  return spans;
}

HarmonyFlags FlagHarmony(std::string_view text, const HarmonyFlagOptions& options) {
  std::vector<HarmonyMessage> messages;
  if (ParseHarmony(text, {.form = HarmonyForm::kSource}, &messages)) {
    return {.has_return_tag = EndsInReturn(text)};
  }
  return FlagMessages(text, messages, options);
}

HarmonyFlags FlagMessages(std::string_view text, std::span<const HarmonyMessage> messages,
                          const HarmonyFlagOptions& options) {
  HarmonyFlags flags;
  flags.has_return_tag = EndsInReturn(text);
  flags.valid_harmony = true;
  flags.num_messages = static_cast<int64_t>(messages.size());
  flags.num_assistant_messages = std::count_if(messages.begin(), messages.end(), IsAssistant);
  flags.has_assistant = flags.num_assistant_messages > 0;
  if (const HarmonyMessage* answer = LastAnswer(messages)) {
    const size_t chars = CountCodePoints(StripPythonSpace(answer->content));
    flags.completion_nonempty = static_cast<int64_t>(chars) >= options.completion_chars_min;
  }
  flags.has_tool = text.find(HarmonyEndTag(HarmonyEnd::kCall)) != std::string_view::npos ||
                   std::any_of(messages.begin(), messages.end(), IsTool);
  flags.valid_tool_schema =
      std::none_of(messages.begin(), messages.end(), [](const HarmonyMessage& message) {
        return IsTool(message) && LooksLikeBrokenJson(message);
      });
  return flags;
}

std::string ToolsCatalogId(const JsonValue& tools) {
  std::string text;
  AppendJsonValue(tools, {.sort_keys = true, .compact = true}, &text);
  return Sha1Hex(text);
}

}  // namespace hubmill

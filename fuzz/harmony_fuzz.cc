// Arbitrary bytes as Harmony text, in both forms: never a crash, views and spans lie in the text,
// and what the renderer takes of what was read is read again as the same.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "text/harmony.h"
#include "text/harmony_json.h"
#include "text/harmony_quality.h"

namespace hubmill {
namespace {

bool Same(const HarmonyMessage& a, const HarmonyMessage& b) {
  return a.role == b.role && a.name == b.name && a.recipient == b.recipient &&
         a.channel == b.channel && a.content_type == b.content_type;
}

void CheckViews(std::string_view text, const std::vector<HarmonyMessage>& messages) {
  const char* last = text.data();
  for (const HarmonyMessage& message : messages) {
    HUBMILL_CHECK(message.content.data() >= last, "contents ascend");
    last = message.content.data() + message.content.size();
    HUBMILL_CHECK(last <= text.data() + text.size(), "a content beyond the text");
  }
  for (const LossMode mode : {LossMode::kAssistantAll, LossMode::kAssistantLast}) {
    int64_t end = 0;
    for (const LossSpan& span : LossSpans(text, messages, {.mode = mode, .in_bytes = true})) {
      HUBMILL_CHECK(span.begin >= end && span.end >= span.begin, "spans ascend");
      end = span.end;
    }
  }
}

/// Messages that the renderer refuses are left out.
void RenderAndReadAgain(std::vector<HarmonyMessage> messages, HarmonyForm form) {
  const HarmonyRenderOptions options = {.form = form, .markup = HarmonyMarkup::kEscape};
  std::string text;
  std::erase_if(messages, [&](HarmonyMessage& message) {
    if (message.end == HarmonyEnd::kNone) message.end = HarmonyEnd::kEnd;
    return RenderHarmony(std::span(&message, 1), options, &text).has_value();
  });
  HUBMILL_CHECK(!RenderHarmony(messages, options, &text), "each was taken alone");
  std::vector<HarmonyMessage> again;
  HUBMILL_CHECK(!ParseHarmony(text, {.form = form}, &again), "what was rendered is read");
  HUBMILL_CHECK(again.size() == messages.size(), "no message is forged or lost");
  for (size_t i = 0; i < again.size(); ++i) {
    std::string content;
    UnescapeHarmonyMarkup(again[i].content, &content);
    HUBMILL_CHECK(Same(again[i], messages[i]) && content == messages[i].content,
                  "the same message");
  }
}

}  // namespace
}  // namespace hubmill

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hubmill;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::vector<HarmonyMessage> messages;
  const HarmonyParseOptions official = {.blank_between = (data[0] & 1) != 0,
                                        .lenient = (data[0] & 2) != 0,
                                        .first_role = (data[0] & 4) != 0 ? "assistant" : ""};
  for (const HarmonyParseOptions& options :
       {official, HarmonyParseOptions{.form = HarmonyForm::kSource}}) {
    const auto error = ParseHarmony(text, options, &messages);
    HUBMILL_CHECK(!error || (error->message == messages.size() && error->offset_bytes <= size),
                  "an error lies in the text");
    CheckViews(text, messages);
    RenderAndReadAgain(messages, options.form);
  }
  FlagHarmony(text);
  JsonValue value;
  if (!ParseJsonValue(text, &value)) {
    HarmonyConversation conversation;
    if (!ReadHarmonyJson(value, HarmonyForm::kOfficial, &conversation)) {
      RenderAndReadAgain(conversation.messages, HarmonyForm::kOfficial);
    }
  }
  return 0;
}

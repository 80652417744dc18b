#include <algorithm>

#include "text/harmony.h"
#include "text/harmony_header.h"

namespace hubmill {
namespace {

constexpr std::string_view kFinal = "final";
constexpr std::string_view kAssistant = "assistant";

/// Messages before this one lose their analysis.
size_t FirstFinalToKeep(std::span<const HarmonyMessage> messages) {
  const auto is_final = [](const HarmonyMessage& message) { return message.channel == kFinal; };
  const auto last = std::find_if(messages.rbegin(), messages.rend(),
                                 [](const auto& message) { return message.role == kAssistant; });
  if (last == messages.rend() || !is_final(*last)) return 0;
  return static_cast<size_t>(std::find_if(messages.begin(), messages.end(), is_final) -
                             messages.begin());
}

HarmonyEnd EndToWrite(const HarmonyMessage& message, bool last,
                      const HarmonyRenderOptions& options) {
  if (message.end != HarmonyEnd::kAuto) return message.end;
  const bool training_end = last && options.purpose == HarmonyPurpose::kTraining;
  if (options.form == HarmonyForm::kSource) {
    return training_end ? HarmonyEnd::kReturn : HarmonyEnd::kEnd;
  }
  if (message.role != kAssistant) return HarmonyEnd::kEnd;
  if (training_end && message.channel == kFinal) return HarmonyEnd::kReturn;
  return message.recipient.empty() ? HarmonyEnd::kEnd : HarmonyEnd::kCall;
}

/// The error's `message` is left to the caller.
std::optional<HarmonyError> AppendMessage(const HarmonyMessage& message, HarmonyEnd end,
                                          const HarmonyRenderOptions& options, std::string* out) {
  const bool tool = options.form == HarmonyForm::kOfficial && message.role == "tool";
  if (message.role.empty()) return HarmonyError{.expected = "a role"};
  if (tool && message.name.empty()) return HarmonyError{.expected = "a name of the tool"};
  out->append(harmony::kStart);
  const size_t header_at = out->size();
  harmony::AppendHeader(message, options.form, out);
  if (options.markup != HarmonyMarkup::kVerbatim) {
    const std::string_view header = std::string_view(*out).substr(header_at);
    if (!harmony::ReadsBack(header, message, options.form)) {
      return HarmonyError{.expected =
                              "role, name, recipient, channel and content type that read "
                              "back as the same fields"};
    }
  }
  out->append(harmony::kMessage);
  if (options.markup == HarmonyMarkup::kEscape) {
    EscapeHarmonyMarkup(message.content, out);
  } else {
    const size_t markup = options.markup == HarmonyMarkup::kRefuse
                              ? FindHarmonyMarkup(message.content)
                              : std::string_view::npos;
    if (markup != std::string_view::npos) {
      return HarmonyError{.offset_bytes = markup, .expected = "content without <|name|>"};
    }
    out->append(message.content);
  }
  out->append(HarmonyEndTag(end));
  return std::nullopt;
}

}  // namespace

std::string_view HarmonyVersion(HarmonyForm form) {
  return form == HarmonyForm::kSource ? "source-1" : "harmony-1";
}

std::string_view HarmonyEndTag(HarmonyEnd end) {
  switch (end) {
    case HarmonyEnd::kEnd:
      return "<|end|>";
    case HarmonyEnd::kCall:
      return "<|call|>";
    case HarmonyEnd::kReturn:
      return "<|return|>";
    default:
      return {};
  }
}

std::optional<HarmonyError> RenderHarmony(std::span<const HarmonyMessage> messages,
                                          const HarmonyRenderOptions& options, std::string* out) {
  out->clear();
  const size_t kept_from = options.drop_analysis ? FirstFinalToKeep(messages) : 0;
  for (size_t i = 0; i < messages.size(); ++i) {
    const HarmonyMessage& message = messages[i];
    if (i < kept_from && message.channel == "analysis") continue;
    const bool last = i + 1 == messages.size();
    const HarmonyEnd end = EndToWrite(message, last, options);
    std::optional<HarmonyError> error;
    if (end == HarmonyEnd::kNone && !(last && options.purpose != HarmonyPurpose::kCompletion)) {
      error = HarmonyError{.expected = "an end tag, as more follows"};
    } else {
      error = AppendMessage(message, end, options, out);
    }
    if (error) {
      error->message = i;
      return error;
    }
  }
  if (options.purpose == HarmonyPurpose::kCompletion) {
    out->append(harmony::kStart).append(options.next_role);
  }
  return std::nullopt;
}

}  // namespace hubmill

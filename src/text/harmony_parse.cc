#include "base/utf8.h"
#include "text/harmony.h"
#include "text/harmony_header.h"

namespace hubmill {
namespace {

using harmony::NextTag;
using harmony::Tag;
using harmony::TagAt;

/// The first tag at or after `from` that `wanted` accepts.
template <typename Wanted>
TagAt FirstTag(std::string_view text, size_t from, Wanted wanted) {
  TagAt tag = NextTag(text, from);
  while (tag.tag != Tag::kNothing && !wanted(tag.tag)) tag = NextTag(text, tag.end);
  return tag;
}

bool EndsMessage(Tag tag) { return harmony::EndOf(tag) != HarmonyEnd::kAuto; }

std::string_view Between(std::string_view text, size_t begin, size_t end) {
  return text.substr(begin, end - begin);
}

/// Tags of other kinds than the one looked for are part of the header, the content or the rest.
std::optional<HarmonyError> ParseSource(std::string_view text,
                                        std::vector<HarmonyMessage>* messages) {
  size_t at = 0;
  for (;;) {
    const TagAt start = FirstTag(text, at, [](Tag tag) { return tag == Tag::kStart; });
    if (start.tag == Tag::kNothing) return std::nullopt;
    const TagAt message_tag =
        FirstTag(text, start.end, [](Tag tag) { return tag == Tag::kMessage; });
    const auto error = [&](std::string_view expected) {
      return HarmonyError{messages->size(), start.begin, expected};
    };
    if (message_tag.tag == Tag::kNothing) return error("<|message|> after this <|start|>");
    const TagAt end = FirstTag(text, message_tag.end, EndsMessage);
    if (end.tag == Tag::kNothing) {
      return error("<|end|>, <|call|> or <|return|> after this message");
    }
    HarmonyMessage& message = messages->emplace_back();
    message.role = Between(text, start.end, message_tag.begin);
    const size_t channel_at = message.role.find(harmony::kChannel);
    if (channel_at != std::string_view::npos) {
      message.channel = message.role.substr(channel_at + harmony::kChannel.size());
      message.role = message.role.substr(0, channel_at);
    }
    message.content = Between(text, message_tag.end, end.begin);
    message.end = harmony::EndOf(end.tag);
    message.offset_bytes = start.begin;
    at = end.end;
  }
}

/// One message of the official form after another.
class OfficialParser {
 public:
  OfficialParser(std::string_view text, const HarmonyParseOptions& options)
      : text_(text), options_(options) {}

  std::optional<HarmonyError> Parse(std::vector<HarmonyMessage>* messages) {
    while (true) {
      if (options_.blank_between) SkipSpace();
      const bool first = messages->empty() && !options_.first_role.empty();
      if (at_ == text_.size() && !first) return std::nullopt;
      std::optional<HarmonyError> error;
      HarmonyMessage& message = messages->emplace_back();
      message.offset_bytes = at_;
      if (first) {
        error = ParseMessage(options_.first_role, &message);
      } else if (text_.substr(at_).starts_with(harmony::kStart)) {
        at_ += harmony::kStart.size();
        error = ParseMessage({}, &message);
      } else {
        error = HarmonyError{.offset_bytes = at_, .expected = "<|start|>"};
      }
      if (error) {
        messages->pop_back();
        error->message = messages->size();
        return error;
      }
    }
  }

 private:
  void SkipSpace() {
    while (const size_t bytes = PythonSpaceBytes(text_.data() + at_, text_.size() - at_)) {
      at_ += bytes;
    }
  }

  /// From behind <|start|> to behind the end tag.
  std::optional<HarmonyError> ParseMessage(std::string_view role, HarmonyMessage* message) {
    const size_t header_at = at_;
    const TagAt tag = FirstTag(
        text_, at_, [](Tag tag) { return tag != Tag::kChannel && tag != Tag::kConstrain; });
    const std::string_view header = Between(text_, header_at, tag.begin);
    const auto in_text = [&](std::optional<HarmonyError> error) {
      if (error) error->offset_bytes += header_at;
      return error;
    };
    if (tag.tag == Tag::kMessage) {
      if (auto error = harmony::ParseHeader(header, role, options_.lenient, message)) {
        return in_text(error);
      }
      const TagAt end = FirstTag(text_, tag.end, EndsMessage);
      message->content = Between(text_, tag.end, end.begin);
      message->end = end.tag == Tag::kNothing ? HarmonyEnd::kNone : harmony::EndOf(end.tag);
      at_ = end.end;
      return std::nullopt;
    }
    if (!options_.lenient || tag.tag == Tag::kNothing) {
      return HarmonyError{.offset_bytes = tag.begin, .expected = "<|message|> after the header"};
    }
    message->end = harmony::EndOf(tag.tag);
    at_ = tag.tag == Tag::kStart ? tag.begin : tag.end;
    return in_text(harmony::ParseBrokenHeader(header, role, message));
  }

  std::string_view text_;
  const HarmonyParseOptions& options_;
  size_t at_ = 0;
};

}  // namespace

std::optional<HarmonyError> ParseHarmony(std::string_view text, const HarmonyParseOptions& options,
                                         std::vector<HarmonyMessage>* messages) {
  messages->clear();
  if (options.form == HarmonyForm::kSource) return ParseSource(text, messages);
  return OfficialParser(text, options).Parse(messages);
}

}  // namespace hubmill

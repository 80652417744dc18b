#include "text/harmony_header.h"

#include <array>
#include <bit>
#include <cstring>

#include "base/utf8.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace hubmill::harmony {
namespace {

constexpr std::string_view kTo = "to=";
constexpr std::string_view kRoles[] = {"system", "developer", "user", "assistant", "tool"};
constexpr size_t kWordsMax = 3;  // Role, recipient, content type.

struct Word {
  std::string_view text;
  bool after_channel = false;
};

struct Words {
  std::array<Word, kWordsMax> words;
  size_t count = 0;
};

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; }

std::string_view KnownRole(std::string_view word) {
  for (const std::string_view role : kRoles) {
    if (word == role) return role;
  }
  return {};
}

HarmonyError Fault(std::string_view header, const char* at, std::string_view expected) {
  return {.offset_bytes = static_cast<size_t>(at - header.data()), .expected = expected};
}

bool IsTagAt(std::string_view text, size_t at) {
  return at + 1 < text.size() && text[at] == '<' && text[at + 1] == '|';
}

constexpr size_t kShortestTag = 7;  // <|end|>

/// The next "<|" at or after `from`, or the text's size.  Between two tags lie a few dozen bytes,
/// of which two steps take care; a call of memchr would cost as much as both.
size_t FindOpening(std::string_view text, size_t from) {
#if defined(__SSE2__)
  const __m128i less = _mm_set1_epi8('<');
  const __m128i bar = _mm_set1_epi8('|');
  for (; from + 17 <= text.size(); from += 16) {
    const auto* p = reinterpret_cast<const __m128i*>(text.data() + from);
    const auto* next = reinterpret_cast<const __m128i*>(text.data() + from + 1);
    const __m128i hit = _mm_and_si128(_mm_cmpeq_epi8(_mm_loadu_si128(p), less),
                                      _mm_cmpeq_epi8(_mm_loadu_si128(next), bar));
    const auto mask = static_cast<uint32_t>(_mm_movemask_epi8(hit));
    if (mask != 0) return from + static_cast<size_t>(std::countr_zero(mask));
  }
#endif
  while (from < text.size() && !IsTagAt(text, from)) ++from;
  return from;
}

/// Whether `letters` stand at `at`; of a known length, so that it becomes one or two loads.
template <size_t kSize>
bool Stands(std::string_view text, size_t at, const char (&letters)[kSize]) {
  return text.size() - at >= kSize - 1 && std::memcmp(text.data() + at, letters, kSize - 1) == 0;
}

/// The tag that starts at `at`, where "<|" stands.
TagAt TagHere(std::string_view text, size_t at) {
  const size_t rest = at + 3;
  const auto tag = [&](Tag kind, size_t letters) { return TagAt{kind, at, rest + letters}; };
  switch (text[at + 2]) {
    case 's':
      if (Stands(text, rest, "tart|>")) return tag(Tag::kStart, 6);
      break;
    case 'm':
      if (Stands(text, rest, "essage|>")) return tag(Tag::kMessage, 8);
      break;
    case 'e':
      if (Stands(text, rest, "nd|>")) return tag(Tag::kEnd, 4);
      break;
    case 'r':
      if (Stands(text, rest, "eturn|>")) return tag(Tag::kReturn, 7);
      break;
    case 'c':
      if (Stands(text, rest, "hannel|>")) return tag(Tag::kChannel, 8);
      if (Stands(text, rest, "all|>")) return tag(Tag::kCall, 5);
      if (Stands(text, rest, "onstrain|>")) return tag(Tag::kConstrain, 10);
      break;
    default:
      break;
  }
  return {};
}

/// Almost every byte of a header is an ordinary letter: one comparison or two pass it.
size_t WordEnd(std::string_view part, size_t at) {
  while (at < part.size()) {
    const auto c = static_cast<unsigned char>(part[at]);
    if (c <= ' ' ? IsBlank(part[at]) : c == '<' && IsTagAt(part, at)) break;
    ++at;
  }
  return at;
}

/// Splits at blanks and before each <|constrain|>; no other tag may stand in a word.
std::optional<HarmonyError> SplitWords(std::string_view header, std::string_view part,
                                       bool after_channel, Words* out) {
  size_t at = 0;
  while (true) {
    while (at < part.size() && IsBlank(part[at])) ++at;
    if (at == part.size()) return std::nullopt;
    const size_t begin = at;
    if (IsTagAt(part, at)) {
      if (!part.substr(at).starts_with(kConstrain)) {
        return Fault(header, part.data() + at,
                     "no tag but <|channel|> and <|constrain|> in a header");
      }
      at += kConstrain.size();
    }
    at = WordEnd(part, at);
    if (out->count == kWordsMax) {
      return Fault(header, part.data() + begin, "at most role, recipient and content type");
    }
    out->words[out->count++] = {part.substr(begin, at - begin), after_channel};
  }
}

/// Bytes of the channel's name: up to white space or '<'.
size_t ChannelSize(std::string_view text) {
  size_t size = 0;
  for (; size < text.size() && text[size] != '<'; ++size) {
    const auto c = static_cast<unsigned char>(text[size]);
    const bool letter = c > ' ' && c < 0x80;
    if (!letter && PythonSpaceBytes(text.data() + size, text.size() - size) > 0) break;
  }
  return size;
}

/// Takes <|channel|>NAME out of `header`; its words are those before and those behind.
std::optional<HarmonyError> SplitHeader(std::string_view header, HarmonyMessage* message,
                                        Words* words) {
  const size_t tag = header.find(kChannel);
  if (auto error = SplitWords(header, header.substr(0, tag), false, words)) return error;
  if (tag == std::string_view::npos) return std::nullopt;
  std::string_view behind = header.substr(tag + kChannel.size());
  const size_t size = ChannelSize(behind);
  if (size == 0) return Fault(header, behind.data(), "a channel after <|channel|>");
  message->channel = behind.substr(0, size);
  behind.remove_prefix(size);
  if (!behind.empty() && !IsBlank(behind[0]) && !behind.starts_with(kConstrain)) {
    return Fault(header, behind.data(), "a blank after the channel");
  }
  return SplitWords(header, behind, true, words);
}

/// The words after the role: [to=]RECIPIENT, TYPE, or both in this order.
std::optional<HarmonyError> ReadRecipientAndType(std::string_view header, std::span<Word> words,
                                                 HarmonyMessage* message) {
  if (words.empty()) return std::nullopt;
  const Word last = words.back();
  const bool lone_type = words.size() == 1 && last.text.starts_with(kConstrain);
  if (lone_type || (words.size() > 1 && !last.text.starts_with(kTo))) {
    message->content_type = last.text;
    words = words.first(words.size() - 1);
  }
  if (words.empty()) return std::nullopt;
  Word recipient = words.back();
  if (words.size() > 1) {
    return Fault(header, words.front().text.data(), "at most one recipient and one content type");
  }
  if (recipient.text.starts_with(kTo)) recipient.text.remove_prefix(kTo.size());
  if (recipient.text.empty() || recipient.text.starts_with(kConstrain)) {
    return Fault(header, recipient.text.data(), "a recipient");
  }
  message->recipient = recipient.text;
  message->recipient_after_channel = recipient.after_channel;
  return std::nullopt;
}

bool SameFields(const HarmonyMessage& a, const HarmonyMessage& b) {
  return a.role == b.role && a.name == b.name && a.recipient == b.recipient &&
         a.channel == b.channel && a.content_type == b.content_type;
}

bool SourceReadsBack(const HarmonyMessage& message) {
  if (FindHarmonyMarkup(message.role) != std::string_view::npos) return false;
  const std::string_view channel = message.channel.value_or("");
  for (size_t at = 0; (at = FindHarmonyMarkup(channel, at)) != std::string_view::npos; ++at) {
    if (!channel.substr(at).starts_with(kConstrain)) return false;
  }
  return true;
}

}  // namespace

TagAt NextTag(std::string_view text, size_t from) {
  for (size_t at = FindOpening(text, from); at + kShortestTag <= text.size();
       at = FindOpening(text, at + 2)) {
    const TagAt tag = TagHere(text, at);
    if (tag.tag != Tag::kNothing) return tag;
  }
  return {Tag::kNothing, text.size(), text.size()};
}

HarmonyEnd EndOf(Tag tag) {
  switch (tag) {
    case Tag::kEnd:
      return HarmonyEnd::kEnd;
    case Tag::kCall:
      return HarmonyEnd::kCall;
    case Tag::kReturn:
      return HarmonyEnd::kReturn;
    default:
      return HarmonyEnd::kAuto;
  }
}

std::optional<HarmonyError> ParseHeader(std::string_view header, std::string_view first_role,
                                        bool lenient, HarmonyMessage* message) {
  Words split;
  if (auto error = SplitHeader(header, message, &split)) return error;
  std::span<Word> words(split.words.data(), split.count);
  message->role = first_role;
  if (first_role.empty()) {
    if (words.empty()) return Fault(header, header.data(), "a role");
    const std::string_view word = words.front().text;
    message->role = KnownRole(word);
    const bool tool_name =
        !word.starts_with(kTo) && !word.starts_with(kConstrain) && (words.size() > 1 || lenient);
    if (message->role.empty() && !tool_name) {
      return Fault(header, word.data(), "a role: system, developer, user, assistant or tool");
    }
    if (message->role.empty()) message->role = "tool";
    if (message->role == "tool") message->name = word;
    words = words.subspan(1);
  } else if (!words.empty() && words.front().text == first_role) {
    words = words.subspan(1);
  }
  return ReadRecipientAndType(header, words, message);
}

std::optional<HarmonyError> ParseBrokenHeader(std::string_view header, std::string_view first_role,
                                              HarmonyMessage* message) {
  message->role = first_role;
  message->content = header;
  if (first_role.empty()) {
    for (const std::string_view role : kRoles) {
      if (header.starts_with(role)) message->role = role;
    }
    if (message->role.empty()) return Fault(header, header.data(), "a role");
    message->content.remove_prefix(message->role.size());
    if (message->role == "tool") message->name = message->role;
  }
  const size_t tag = message->content.find(kChannel);
  if (tag == std::string_view::npos) return std::nullopt;
  const std::string_view behind = message->content.substr(tag + kChannel.size());
  const size_t size = ChannelSize(behind);
  if (size == 0) return Fault(header, behind.data(), "a channel after <|channel|>");
  message->channel = behind.substr(0, size);
  message->content = behind.substr(size);
  return std::nullopt;
}

void AppendHeader(const HarmonyMessage& message, HarmonyForm form, std::string* out) {
  const auto append_channel = [&] {
    if (!message.channel) return;
    out->append(kChannel);
    out->append(*message.channel);
  };
  if (form == HarmonyForm::kSource) {
    out->append(message.role);
    append_channel();
    return;
  }
  if (message.role == "tool") {
    out->append(message.name);
  } else {
    out->append(message.role);
    if (!message.name.empty()) out->append(":").append(message.name);
  }
  if (message.recipient_after_channel) append_channel();
  if (!message.recipient.empty() && message.recipient != "all") {
    out->append(" to=").append(message.recipient);
  }
  if (!message.recipient_after_channel) append_channel();
  if (!message.content_type.empty()) out->append(" ").append(message.content_type);
}

bool ReadsBack(std::string_view header, const HarmonyMessage& message, HarmonyForm form) {
  if (form == HarmonyForm::kSource) return SourceReadsBack(message);
  HarmonyMessage read;
  return !ParseHeader(header, "", /*lenient=*/false, &read) && SameFields(read, message);
}

}  // namespace hubmill::harmony

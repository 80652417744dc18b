// Tags and headers: what parser and renderer of Harmony share.  Internal to text/.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "text/harmony.h"

namespace hubmill::harmony {

enum class Tag : uint8_t { kNothing, kStart, kMessage, kChannel, kConstrain, kEnd, kCall, kReturn };

inline constexpr std::string_view kStart = "<|start|>";
inline constexpr std::string_view kMessage = "<|message|>";
inline constexpr std::string_view kChannel = "<|channel|>";
inline constexpr std::string_view kConstrain = "<|constrain|>";

struct TagAt {
  Tag tag = Tag::kNothing;
  size_t begin = 0;
  size_t end = 0;
};

/// The next of the seven tags at or after `from`; kNothing at the text's end.
TagAt NextTag(std::string_view text, size_t from);

/// kAuto where `tag` ends no message.
HarmonyEnd EndOf(Tag tag);

/// Sets role, name, recipient, channel and content type of *message.  `first_role`: as in
/// HarmonyParseOptions, empty elsewhere.  Offsets count in `header`.
[[nodiscard]] std::optional<HarmonyError> ParseHeader(std::string_view header,
                                                      std::string_view first_role, bool lenient,
                                                      HarmonyMessage* message);

/// A header that no <|message|> follows: the role it starts with, a channel where there is one, and
/// the rest as content.
[[nodiscard]] std::optional<HarmonyError> ParseBrokenHeader(std::string_view header,
                                                            std::string_view first_role,
                                                            HarmonyMessage* message);

void AppendHeader(const HarmonyMessage& message, HarmonyForm form, std::string* out);

/// Whether `header`, which AppendHeader() made of `message`, reads back as the same fields.
bool ReadsBack(std::string_view header, const HarmonyMessage& message, HarmonyForm form);

}  // namespace hubmill::harmony

// Conversations for people: who says what to whom.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hubmill {

/// A list of objects with role and content, as JSON; nothing where it is none.
std::optional<std::string> RenderMessages(const std::string& json);

/// A text in the official or the source form of Harmony; nothing where it is none.
std::optional<std::string> RenderHarmonyText(std::string_view text);

}  // namespace hubmill

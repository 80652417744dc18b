// How deep JSON is nested, before it is parsed: nlohmann's parser takes any depth, but its copies
// and its writer call themselves, so that a few megabytes of '[' end the process.
#pragma once

#include <string_view>

namespace hubmill {

inline constexpr int kJsonLevelsMax = 100;  // More than data of people have.

/// Whether at most `levels_max` arrays and objects are open at once anywhere in `text`.  Of what is
/// no JSON the answer may be either.
bool IsShallowJson(std::string_view text, int levels_max = kJsonLevelsMax);

}  // namespace hubmill

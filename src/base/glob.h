// Shell patterns on paths, as the `datasets` library and file systems of many machines read them.
#pragma once

#include <string_view>

namespace hubmill {

/// Whether a path matches: `*` and `?` do not cross `/`, `**` does, `[a-z]`, `[!a]`.
bool MatchesGlob(std::string_view pattern, std::string_view path);

/// Whether `text` has one of the characters `*`, `?` and `[`.
bool HasGlob(std::string_view text);

}  // namespace hubmill

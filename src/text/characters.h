// Characters of UTF-8 text, counted and cut.
//
// A character is a code point: the bytes that start one are counted, those that go on (10xxxxxx)
// are not.  Invalid UTF-8 gives some count and some cut, never a read beyond the end.
#pragma once

#include <cstdint>
#include <string_view>

namespace hubmill {

int64_t CharacterCount(std::string_view text);

/// The longest start of `text` with at most `characters`.  REQUIRES: characters >= 0.
std::string_view FirstCharacters(std::string_view text, int64_t characters);

}  // namespace hubmill

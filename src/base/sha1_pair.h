// Two SHA-1 hashes at once.
//
// SHA-1 waits for its own last round: one message leaves half of a processor's SHA unit idle.  Rows
// that need two names (the text, and the text without its prompts) get both in little more than the
// time of one.  Formulas: FIPS 180-4, section 6.1, with the SHA extensions of x86; the same bytes
// as Sha1Hex().
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace hubmill {

/// {Sha1Hex(first), Sha1Hex(second)}.  Thread-safe.  Fastest where both are about as long.
std::pair<std::string, std::string> Sha1HexPair(std::string_view first, std::string_view second);

}  // namespace hubmill

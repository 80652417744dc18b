// Text of strangers on a terminal: nothing that moves the cursor, changes colours or reorders what
// stands beside it, and how wide it is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hubmill {

/// Control characters as their pictures (ESC is ␛), wrong bytes as U+FFFD, characters that override
/// the direction of other text as <U+202E>.  Line feeds stay, tabs become four blanks; a carriage
/// return before a line feed goes.  Letters written from right to left are left to the terminal.
std::string SafeText(std::string_view text);

/// The same on one line: line ends as ⏎.
std::string SafeLine(std::string_view text);

/// Columns of a terminal, about: 2 for East Asian wide characters and pictographs, 0 for marks that
/// combine.
size_t DisplayWidth(std::string_view text);

/// The start of `text` that fits `width` columns, with … where something is cut; padded with
/// blanks. REQUIRES: width > 0, valid UTF-8 on one line.
std::string FitWidth(std::string_view text, size_t width);

}  // namespace hubmill

// Windows-1252, the one-byte encoding of Western text on Windows, as UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace hubmill {

/// Appends `text` as UTF-8.  Every byte has a character: the five that Windows leaves undefined
/// are the control characters U+0081, 8D, 8F, 90 and 9D, as the WHATWG's table has them.
void AppendWindows1252AsUtf8(std::string_view text, std::string* out);

}  // namespace hubmill

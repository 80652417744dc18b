// One field of a JSON line changed, all other bytes as they stand.
#pragma once

#include <string>
#include <string_view>

#include "core/failure.h"

namespace hubmill {

/// `line`, a JSON object, with the string that `field` (a key of the object itself, however it is
/// escaped) holds replaced by `text`.  kRunFailed where there is no such string: REQUIRES a line
/// that was decoded and whose `field` is text.
Result<std::string> WithJsonText(std::string_view line, std::string_view field,
                                 std::string_view text);

}  // namespace hubmill

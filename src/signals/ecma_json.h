// JSON text as JSON.stringify writes it: no blanks, shortest numbers, only what must be escaped.
#pragma once

#include <string>
#include <string_view>

#include "signals/row_parser.h"

namespace hubmill {

/// Appends `value` (not kAbsent) anew.  A number too large for a double is null.
void AppendEcmaJson(const FieldValue& value, std::string* out);

}  // namespace hubmill

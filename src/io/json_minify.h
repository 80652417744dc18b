// JSON text in one canonical form: what Python's json.dumps(value, separators=(",", ":")) writes.
//
// A file may be indented, spaced and escaped in many ways; a table that quotes it should not change
// when only these do.  So keys keep the file's order, other characters than ASCII become \uXXXX,
// integers keep all their digits, and doubles are written with the fewest digits that read back
// (0.93, 1e+16, 3e-06, -0.0).
//
// Refused is what two readers could understand differently: a key that stands twice in one object,
// NaN and the infinities (also 1e999, which reads as one), lone surrogates, text that is not UTF-8,
// text behind the value, and more than kJsonDepthMax levels.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/failure.h"

namespace hubmill {

/// The canonical form of `text`, one JSON value; a byte order mark is skipped.  Errors
/// (kDataRefused) say line, column and reason, never a value.
Result<std::string> MinifyJson(std::string_view text);

/// Whether `text` is a JSON pointer (RFC 6901): empty, or parts that each begin with a slash.
bool IsJsonPointer(std::string_view text);

/// The value that `pointer` names in `minified`: "" all of it, "/a/0" the first item of member a;
/// ~1 stands for a slash and ~0 for a tilde in a key.  Nothing where there is no such value.
/// REQUIRES: MinifyJson() gave `minified`; IsJsonPointer(pointer).
std::optional<std::string> FindInJson(std::string_view minified, std::string_view pointer);

/// `minified` without its member `key`, where it is an object that has one.  REQUIRES: MinifyJson()
/// gave `minified`.
std::string WithoutMember(std::string_view minified, const std::string& key);

}  // namespace hubmill

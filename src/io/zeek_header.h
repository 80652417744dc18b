// The lines that begin a Zeek log: `#separator \x09`, `#fields`, `#types`, `#unset_field`, … .
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"
#include "io/type_text.h"

namespace hubmill {

/// What IoT-23 puts between the last three columns, in header and rows, instead of the separator.
inline constexpr std::string_view kZeekLooseSeparator = "   ";

struct ZeekHeader {
  char separator = '\t';
  std::string unset = "-";
  std::string empty = "(empty)";
  std::vector<std::string> fields;
  std::vector<std::string> types;
  bool loose = false;  // The last column's name holds kZeekLooseSeparator: it is several.
};

/// Adds what a line that starts with `#` says; lines of other meaning (`#path`, `#close`) say
/// nothing.  `file` is for messages.  kDataRefused: a separator that is not one ASCII character, or
/// a `#fields` line that differs from the one before it (logs of two shapes joined in one file).
Status ReadZeekLine(std::string_view line, const std::string& file, ZeekHeader* header);

/// The columns: time, interval and double are float64, count, int and port int64, all else text.
/// kDataRefused where `#fields` is missing, names a column twice, or `#types` has another length.
Result<TypeTree> ColumnsOfZeek(const ZeekHeader& header, const std::string& file);

/// `text` (whole lines) without its `#` lines, the loose separators of each row made proper ones,
/// as CSV without quotes.  The `#` lines are shown to `ReadZeekLine` with `header`.
Result<std::string> PlainZeekRows(std::string_view text, const std::string& file,
                                  ZeekHeader* header);

}  // namespace hubmill

// Contacts and addresses in a short text, by the patterns that the source document of the signals
// export names, with the meaning that ECMAScript gives them (no `u` flag):
//
//   email    @
//   phone    \d{3}[-.\s]?\d{3}[-.\s]?\d{4}
//   address  \b\d+\s+\w+\s+(SUFFIX|way|pl|place|ln|lane|ct|court)\b      (no case)
//            \bP\.?O\.?\s*Box\s+\d+                                      (no case)
//            \d{5}(-\d{4})?\b.*\b(SUFFIX)\b                              (no case)
//   SUFFIX   st|street|ave|avenue|rd|road|blvd|boulevard|dr|drive
//
// So \d, \w and \b are ASCII, \s holds the spaces of Unicode, and `.` stops at a line's end.  This
// is not text/pii.h, which looks for what people write in long texts and weighs it: here a row is
// refused by exactly these rules, hits that mean nothing included.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hubmill {

enum class ContactKind : uint8_t { kNone, kEmail, kPhone, kAddress };

/// The first of email, phone, address that `text` (UTF-8) holds.  Linear in its length.
ContactKind FindContact(std::string_view text);

/// The length as ECMAScript counts it: UTF-16 code units.
size_t Utf16Length(std::string_view text);

}  // namespace hubmill

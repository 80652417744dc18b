// The checks behind ScanPii(): each looks at one place where a hit may be.  Internal to text/.
#pragma once

#include <cstddef>
#include <string_view>

namespace hubmill::pii {

/// Half open; begin == end: nothing there.
struct Range {
  size_t begin = 0;
  size_t end = 0;
  bool empty() const { return begin == end; }
};

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
inline bool IsLetter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
inline bool IsAlnum(char c) { return IsDigit(c) || IsLetter(c); }
inline char At(std::string_view text, size_t i) { return i < text.size() ? text[i] : '\0'; }
inline char Before(std::string_view text, size_t i) { return i > 0 ? text[i - 1] : '\0'; }

// REQUIRES: text[i] is '@'.
Range MatchEmail(std::string_view text, size_t i);
Range MatchUrlPassword(std::string_view text, size_t i);

// REQUIRES: text[i] is '_', '-', 'I' or 'J'.
Range MatchToken(std::string_view text, size_t i);
// REQUIRES: text[i] is the first '-' of a row.
Range MatchPrivateKey(std::string_view text, size_t i);

// REQUIRES: text[i] is the first digit of a run.
Range MatchIpv4(std::string_view text, size_t i);
Range MatchCard(std::string_view text, size_t i);
Range MatchPhone(std::string_view text, size_t i);
// The first PiiKind::kNumber at or after i.
Range NextNumber(std::string_view text, size_t i);
// REQUIRES: text[i] is ':'.
Range MatchIpv6(std::string_view text, size_t i);

}  // namespace hubmill::pii

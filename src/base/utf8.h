// UTF-8: decode, encode, validate; and which code points Python calls white space.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hubmill {

struct Utf8Char {
  char32_t code_point = 0;  // The byte itself where !valid.
  uint8_t size_bytes = 0;   // 1 to 4; 1 where !valid.
  bool valid = false;       // Shortest form, no surrogate, at most U+10FFFF.
};

/// The code point at `offset`.  REQUIRES: offset < text.size().
Utf8Char DecodeUtf8(std::string_view text, size_t offset);

/// REQUIRES: a scalar value (at most U+10FFFF, no surrogate).
void AppendUtf8(char32_t code_point, std::string* out);

bool IsValidUtf8(std::string_view text);

/// Python's \s on str: U+0009-000D, 001C-001F, 0020, 0085, 00A0, 1680, 2000-200A, 2028, 2029, 202F,
/// 205F, 3000.  Not the zero-width ones.
bool IsPythonSpace(char32_t code_point);

/// Bytes of the white-space code point that starts at `text`, 0 where none does.  Reads at most
/// `size` bytes; sequences of other code points and broken ones give 0.
inline size_t PythonSpaceBytes(const char* text, size_t size) {
  const auto at = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (size == 0) return 0;
  const unsigned char first = at(0);
  if (first < 0x80) {
    return first == ' ' || (first >= 0x09 && first <= 0x0D) || (first >= 0x1C && first <= 0x1F);
  }
  if (first == 0xC2) return size >= 2 && (at(1) == 0x85 || at(1) == 0xA0) ? 2 : 0;
  if (first < 0xE1 || first > 0xE3 || size < 3) return 0;
  const unsigned char second = at(1);
  const unsigned char third = at(2);
  if (first == 0xE1) return second == 0x9A && third == 0x80 ? 3 : 0;
  if (first == 0xE3) return second == 0x80 && third == 0x80 ? 3 : 0;
  if (second == 0x81) return third == 0x9F ? 3 : 0;
  if (second != 0x80) return 0;
  return (third >= 0x80 && third <= 0x8A) || third == 0xA8 || third == 0xA9 || third == 0xAF ? 3
                                                                                             : 0;
}

/// Python's str.strip(): without white space at both ends.
std::string_view StripPythonSpace(std::string_view text);

/// Characters of valid UTF-8, as Python's len() counts them: bytes that start one.
size_t CountCodePoints(std::string_view text);

}  // namespace hubmill

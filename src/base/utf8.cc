#include "base/utf8.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/simd_level.h"

namespace hubmill {

Utf8Char DecodeUtf8(std::string_view text, size_t offset) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[offset + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const Utf8Char broken = {first, 1, false};
  const size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() - offset < size) return broken;
  char32_t code_point = first & (0x7Fu >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return broken;
    code_point = code_point << 6 | (byte(i) & 0x3F);
  }
  const bool overlong = (size == 3 && code_point < 0x800) || (size == 4 && code_point < 0x10000);
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (overlong || surrogate || code_point > 0x10FFFF) return broken;
  return {code_point, static_cast<uint8_t>(size), true};
}

void AppendUtf8(char32_t code_point, std::string* out) {
  HUBMILL_CHECK(code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF),
                "not a Unicode scalar value");
  const auto tail = [&](int shift) {
    out->push_back(static_cast<char>(0x80 | (code_point >> shift & 0x3F)));
  };
  if (code_point < 0x80) {
    out->push_back(static_cast<char>(code_point));
  } else if (code_point < 0x800) {
    out->push_back(static_cast<char>(0xC0 | code_point >> 6));
    tail(0);
  } else if (code_point < 0x10000) {
    out->push_back(static_cast<char>(0xE0 | code_point >> 12));
    tail(6);
    tail(0);
  } else {
    out->push_back(static_cast<char>(0xF0 | code_point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

/// REQUIRES: sixteen readable bytes.
static bool AreSixteenAscii(const char* bytes) {
  uint64_t words[2];
  std::memcpy(words, bytes, sizeof(words));
  return ((words[0] | words[1]) & 0x8080808080808080u) == 0;
}

bool IsValidUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    // Sixteen ASCII bytes at a time: most text is nothing else.  The last ones overlap.
    while (text.size() - i >= 16 && AreSixteenAscii(text.data() + i)) i += 16;
    if (i == text.size()) return true;
    if (text.size() >= 16 && text.size() - i < 16 &&
        AreSixteenAscii(text.data() + text.size() - 16)) {
      return true;
    }
    const Utf8Char c = DecodeUtf8(text, i);
    if (!c.valid) return false;
    i += c.size_bytes;
  }
  return true;
}

bool IsPythonSpace(char32_t c) {
  return c == ' ' || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F) || c == 0x85 ||
         c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
         c == 0x202F || c == 0x205F || c == 0x3000;
}

std::string_view StripPythonSpace(std::string_view text) {
  while (const size_t bytes = PythonSpaceBytes(text.data(), text.size())) {
    text.remove_prefix(bytes);
  }
  const auto space_at_end = [&]() -> size_t {
    for (size_t bytes = 1; bytes <= 3 && bytes <= text.size(); ++bytes) {
      if (PythonSpaceBytes(text.data() + text.size() - bytes, bytes) == bytes) return bytes;
    }
    return 0;
  };
  while (const size_t bytes = space_at_end()) text.remove_suffix(bytes);
  return text;
}

// Every byte but a continuation begins a code point.  Counted in byte lanes that cannot overflow,
// so that a compiler adds whole vectors.
HUBMILL_CLONES_AVX2 size_t CountCodePoints(std::string_view text) {
  constexpr size_t kLanes = 64;
  constexpr size_t kRoundsMax = 255;
  const auto begins = [](char byte) { return static_cast<signed char>(byte) > -65; };
  size_t count = 0;
  size_t at = 0;
  while (text.size() - at >= kLanes) {
    const size_t rounds = std::min((text.size() - at) / kLanes, kRoundsMax);
    uint8_t lanes[kLanes] = {};
    for (size_t round = 0; round < rounds; ++round, at += kLanes) {
      for (size_t i = 0; i < kLanes; ++i) lanes[i] += begins(text[at + i]) ? 1 : 0;
    }
    for (const uint8_t lane : lanes) count += lane;
  }
  for (; at < text.size(); ++at) count += begins(text[at]) ? 1 : 0;
  return count;
}

}  // namespace hubmill

#include "base/windows_1252.h"

#include <array>
#include <cstdint>

#include "base/utf8.h"

namespace hubmill {
namespace {

/// Of the bytes 80 to 9F; all others are their own code points, as in Latin-1.
constexpr std::array<char16_t, 32> kHigh = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

}  // namespace

void AppendWindows1252AsUtf8(std::string_view text, std::string* out) {
  for (const char c : text) {
    const auto byte = uint8_t(c);
    if (byte < 0x80) {
      *out += c;
    } else {
      AppendUtf8(byte < 0xA0 ? char32_t(kHigh[byte - 0x80u]) : char32_t(byte), out);
    }
  }
}

}  // namespace hubmill

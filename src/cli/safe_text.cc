// Widths: the wide and zero-width ranges of Unicode 15 that matter on a terminal, as wcwidth() of
// most has them; what a terminal makes of the rest, emoji sequences above all, it alone knows.
#include "cli/safe_text.h"

#include <algorithm>
#include <iterator>

#include "base/utf8.h"

namespace hubmill {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

constexpr Range kWide[] = {
    {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},  {0xA960, 0xA97F}, {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},  {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F},
    {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
constexpr Range kZero[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A},
                           {0x064B, 0x065F}, {0x06D6, 0x06DC}, {0x0900, 0x0902}, {0x093C, 0x093C},
                           {0x0941, 0x0948}, {0x094D, 0x094D}, {0x0E31, 0x0E31}, {0x0E34, 0x0E3A},
                           {0x0E47, 0x0E4E}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F},
                           {0xFE20, 0xFE2F}};

template <size_t kCount>
bool In(const Range (&ranges)[kCount], char32_t c) {
  const Range* found = std::upper_bound(std::begin(ranges), std::end(ranges), c,
                                        [](char32_t at, const Range& r) { return at < r.first; });
  return found != std::begin(ranges) && c <= found[-1].last;
}

size_t WidthOf(char32_t c) { return In(kZero, c) ? 0 : In(kWide, c) ? 2 : 1; }

bool Overrides(char32_t c) { return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069); }

void AppendHex(char32_t c, std::string* out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  out->append("<U+");
  for (int shift = 12; shift >= 0; shift -= 4) out->push_back(kDigits[(c >> shift) & 15]);
  out->push_back('>');
}

std::string Safe(std::string_view text, bool one_line) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const Utf8Char next = DecodeUtf8(text, at);
    const char32_t c = next.code_point;
    const std::string_view bytes = text.substr(at, next.size_bytes);
    at += next.size_bytes;
    if (!next.valid) {
      AppendUtf8(0xFFFD, &out);
    } else if (c == '\n' || c == 0x2028 || c == 0x2029) {
      out.append(one_line ? "⏎" : "\n");
    } else if (c == '\r' && at < text.size() && text[at] == '\n') {
      continue;
    } else if (c == '\t') {
      out.append(one_line ? " " : "    ");
    } else if (c < 0x20) {
      AppendUtf8(0x2400 + c, &out);
    } else if (c == 0x7F) {
      AppendUtf8(0x2421, &out);
    } else if (c >= 0x80 && c < 0xA0) {
      AppendHex(c, &out);
    } else if (Overrides(c)) {
      AppendHex(c, &out);
    } else {
      out.append(bytes);
    }
  }
  return out;
}

}  // namespace

std::string SafeText(std::string_view text) { return Safe(text, false); }
std::string SafeLine(std::string_view text) { return Safe(text, true); }

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    const Utf8Char next = DecodeUtf8(text, at);
    width += WidthOf(next.code_point);
    at += next.size_bytes;
  }
  return width;
}

std::string FitWidth(std::string_view text, size_t width) {
  const size_t own = DisplayWidth(text);
  if (own <= width) return std::string(text) + std::string(width - own, ' ');
  size_t used = 0;
  size_t at = 0;
  while (at < text.size()) {
    const Utf8Char next = DecodeUtf8(text, at);
    const size_t more = WidthOf(next.code_point);
    if (used + more > width - 1) break;
    used += more;
    at += next.size_bytes;
  }
  return std::string(text.substr(0, at)) + "…" + std::string(width - 1 - used, ' ');
}

}  // namespace hubmill

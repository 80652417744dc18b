// The plain, slow twin of CleanTextV1 for tests and fuzz targets: the five rules, one after the
// other, on decoded code points.  Quadratic; never used by the product.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/utf8.h"

namespace hubmill {

struct CleanReference {
  using Text = std::u32string;
  static constexpr char32_t kBrokenByte = 0x110000;  // Plus the byte: outside of Unicode, no space.

  static Text Decode(std::string_view bytes) {
    Text text;
    for (size_t i = 0; i < bytes.size();) {
      const Utf8Char c = DecodeUtf8(bytes, i);
      text.push_back(c.valid ? c.code_point : kBrokenByte + c.code_point);
      i += c.size_bytes;
    }
    return text;
  }

  static size_t UrlEnd(const Text& text, size_t start) {
    size_t body = 0;
    for (const std::u32string_view prefix : {U"http://", U"https://", U"www."}) {
      if (std::u32string_view(text).substr(start).starts_with(prefix)) body = start + prefix.size();
    }
    if (body == 0) return start;
    size_t end = body;
    while (end < text.size() && !IsPythonSpace(text[end])) ++end;
    return end == body ? start : end;
  }

  static size_t TagEnd(const Text& text, size_t start) {
    if (text[start] != U'<') return start;
    for (size_t end = start + 1; end < text.size() && text[end] != U'\n'; ++end) {
      if (text[end] == U'>') return end + 1;
    }
    return start;
  }

  template <typename End>
  static Text Delete(const Text& text, End end_of) {
    Text kept;
    for (size_t i = 0; i < text.size();) {
      const size_t end = end_of(text, i);
      if (end == i)
        kept.push_back(text[i++]);
      else
        i = end;
    }
    return kept;
  }

  static std::string Clean(std::string_view bytes) {
    const Text text = Delete(Delete(Decode(bytes), UrlEnd), TagEnd);
    std::string out;
    bool space = false;
    for (const char32_t c : text) {
      if (IsPythonSpace(c)) {
        space = true;
        continue;
      }
      if (space && !out.empty()) out.push_back(' ');
      space = false;
      if (c >= kBrokenByte)
        out.push_back(static_cast<char>(c - kBrokenByte));
      else
        AppendUtf8(c, &out);
    }
    return out;
  }
};

}  // namespace hubmill

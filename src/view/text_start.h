// Beginnings of texts that end between characters.  Internal to view/.
#pragma once

#include <string>
#include <string_view>

#include "base/utf8.h"

namespace hubmill {

/// The bytes of the first `chars` code points of valid UTF-8, all where it has fewer.
inline size_t BytesOfChars(std::string_view text, size_t chars) {
  if (text.size() <= chars) return text.size();
  size_t at = 0;
  for (; at < text.size(); ++at) {
    if ((uint8_t(text[at]) & 0xC0) != 0x80 && chars-- == 0) return at;
  }
  return at;
}

/// The first `chars` characters of `text`, each wrong byte as one of U+FFFD.
inline std::string Repaired(std::string_view text, size_t chars, size_t* used) {
  std::string out;
  size_t at = 0;
  for (; at < text.size() && chars > 0; --chars) {
    const Utf8Char next = DecodeUtf8(text, at);
    if (next.valid) {
      out.append(text.substr(at, next.size_bytes));
    } else {
      AppendUtf8(0xFFFD, &out);
    }
    at += next.size_bytes;
  }
  *used = at;
  return out;
}

/// The start of `text` without the code point that may be cut at its end.
inline std::string_view WholeChars(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (uint8_t(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

}  // namespace hubmill

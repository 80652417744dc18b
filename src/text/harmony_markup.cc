// What looks like a special token, whatever its name: models other than gpt-oss have their own, and
// gpt-oss has a thousand reserved ones.
#include <cstring>

#include "text/harmony.h"

namespace hubmill {
namespace {

/// '<', `backslashes` backslashes, "|name|>".
struct Markup {
  size_t begin = 0;
  size_t backslashes = 0;
};

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The next one at or after `from`; `begin` is npos where there is none.
Markup NextMarkup(std::string_view text, size_t from) {
  while (from < text.size()) {
    const void* found = std::memchr(text.data() + from, '<', text.size() - from);
    if (found == nullptr) break;
    const size_t begin = static_cast<size_t>(static_cast<const char*>(found) - text.data());
    size_t at = begin + 1;
    while (at < text.size() && text[at] == '\\') ++at;
    const size_t bar = at;
    from = at;
    if (at == text.size() || text[at] != '|') continue;
    ++at;
    while (at < text.size() && IsNameByte(text[at])) ++at;
    from = at;
    if (at > bar + 1 && text.compare(at, 2, "|>") == 0) return {begin, bar - begin - 1};
  }
  return {std::string_view::npos, 0};
}

}  // namespace

size_t FindHarmonyMarkup(std::string_view text, size_t from) {
  Markup markup = NextMarkup(text, from);
  while (markup.begin != std::string_view::npos && markup.backslashes > 0) {
    markup = NextMarkup(text, markup.begin + 1);
  }
  return markup.begin;
}

void EscapeHarmonyMarkup(std::string_view text, std::string* out) {
  size_t copied = 0;
  for (Markup markup = NextMarkup(text, 0); markup.begin != std::string_view::npos;
       markup = NextMarkup(text, copied)) {
    out->append(text.substr(copied, markup.begin + 1 - copied));
    out->push_back('\\');
    copied = markup.begin + 1;
  }
  out->append(text.substr(copied));
}

void UnescapeHarmonyMarkup(std::string_view text, std::string* out) {
  size_t copied = 0;
  for (Markup markup = NextMarkup(text, 0); markup.begin != std::string_view::npos;
       markup = NextMarkup(text, markup.begin + 1)) {
    if (markup.backslashes == 0) continue;
    out->append(text.substr(copied, markup.begin + 1 - copied));
    copied = markup.begin + 2;
  }
  out->append(text.substr(copied));
}

}  // namespace hubmill

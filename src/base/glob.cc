#include "base/glob.h"

namespace hubmill {
namespace {

bool MatchClass(std::string_view pattern, size_t* at, char c) {
  size_t i = *at + 1;
  bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool hit = false;
  for (size_t start = i; i < pattern.size() && (pattern[i] != ']' || i == start); ++i) {
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      hit |= pattern[i] <= c && c <= pattern[i + 2];
      i += 2;
    } else {
      hit |= pattern[i] == c;
    }
  }
  if (i >= pattern.size()) return c == '[';  // Never closed: an ordinary character.
  *at = i;
  return hit != negated && c != '/';
}

}  // namespace

bool MatchesGlob(std::string_view pattern, std::string_view path) {
  // The usual two-pointer match: on a mismatch, let the last star take one character more.
  size_t p = 0, s = 0;
  size_t star = pattern.npos, star_s = 0;  // The last `*`.
  size_t deep = pattern.npos, deep_s = 0;  // The last `**`,
  bool folders = false;                    // or `**/`, which ends where a folder does.
  for (;;) {
    if (p < pattern.size() && pattern[p] == '*') {
      if (pattern.substr(p).starts_with("**")) {
        p += 2;
        folders = p < pattern.size() && pattern[p] == '/';
        if (folders) ++p;  // `**/` also matches no folder at all.
        deep = p, deep_s = s, star = pattern.npos;
      } else {
        star = ++p, star_s = s;
      }
      continue;
    }
    if (p == pattern.size() && s == path.size()) return true;
    size_t next = p;
    bool same = p < pattern.size() && s < path.size() &&
                (pattern[p] == '?'   ? path[s] != '/'
                 : pattern[p] == '[' ? MatchClass(pattern, &next, path[s])
                                     : pattern[p] == path[s]);
    if (same) {
      p = next + 1, ++s;
    } else if (star != pattern.npos && star_s < path.size() && path[star_s] != '/') {
      p = star, s = ++star_s;
    } else if (deep != pattern.npos && deep_s < path.size()) {
      if (folders) deep_s = path.find('/', deep_s);
      if (deep_s == path.npos) return false;
      p = deep, s = ++deep_s, star = pattern.npos;
    } else {
      return false;
    }
  }
}

bool HasGlob(std::string_view text) { return text.find_first_of("*?[") != text.npos; }

}  // namespace hubmill

#include "net/redact.h"

#include <array>
#include <cctype>

namespace hubmill {
namespace {

constexpr std::string_view kMask = "***";

bool IsTokenByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.' ||
         c == '~' || c == '+' || c == '/' || c == '=';
}

bool IsWordByte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool IsUrlEnd(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '>' || c == '<' ||
         c == ';' || c == ',' || c == ')';
}

void ReplaceAll(std::string* text, const std::string& secret) {
  if (secret.size() < kSecretBytesMin) return;
  for (size_t at = 0; (at = text->find(secret, at)) != std::string::npos; at += kMask.size()) {
    text->replace(at, secret.size(), kMask);
  }
}

// The prefix of a token that starts at `at`, or empty.
std::string_view TokenPrefixAt(std::string_view text, size_t at) {
  static constexpr std::array<std::string_view, 4> kPrefixes = {"hf_", "api_org_", "Bearer ",
                                                                "Basic "};
  if (at > 0 && IsWordByte(text[at - 1])) return {};
  for (const std::string_view prefix : kPrefixes) {
    if (text.substr(at, prefix.size()) == prefix) return prefix;
  }
  return {};
}

// Masks user:password@ and the query of the URL whose "://" stands at `at`; returns its end.
size_t AppendUrl(std::string_view text, size_t at, std::string* out) {
  size_t end = at + 3;
  while (end < text.size() && !IsUrlEnd(text[end])) ++end;
  std::string_view rest = text.substr(at + 3, end - at - 3);
  *out += "://";
  const size_t slash = std::min(rest.find('/'), rest.size());
  const size_t user = rest.substr(0, slash).rfind('@');
  if (user != std::string_view::npos) {
    *out += kMask;
    rest.remove_prefix(user);
  }
  const size_t query = rest.find('?');
  *out += rest.substr(0, query);
  if (query != std::string_view::npos) {
    *out += '?';
    *out += kMask;
  }
  return end;
}

}  // namespace

std::string Redact(std::string_view text, const std::vector<std::string>& secrets) {
  std::string known(text);
  for (const std::string& secret : secrets) ReplaceAll(&known, secret);
  std::string out;
  for (size_t i = 0; i < known.size();) {
    if (known.compare(i, 3, "://") == 0) {
      i = AppendUrl(known, i, &out);
      continue;
    }
    const std::string_view prefix = TokenPrefixAt(known, i);
    size_t end = i + prefix.size();
    while (end < known.size() && IsTokenByte(known[end])) ++end;
    if (prefix.empty() || end - i - prefix.size() < kSecretBytesMin) {
      out += known[i++];
      continue;
    }
    out += prefix;
    out += kMask;
    i = end;
  }
  // A URL or a token may have been cut so that a secret only appears now.
  for (const std::string& secret : secrets) ReplaceAll(&out, secret);
  return out;
}

std::string OneLine(std::string_view text, size_t bytes_max,
                    const std::vector<std::string>& secrets) {
  // Redacted before it is cut: half a token is still a part of one.
  std::string line = Redact(text.substr(0, 64 << 10), secrets);
  if (line.size() > bytes_max) {
    size_t end = bytes_max;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
    line.resize(end);
    line += "...";
  }
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) c = ' ';
  }
  return line;
}

}  // namespace hubmill

// E-mail addresses, tokens, keys and passwords in URLs.
#include <algorithm>

#include "text/pii_match.h"

namespace hubmill::pii {
namespace {

constexpr size_t kLocalPartBytesMax = 64;
constexpr size_t kDomainBytesMax = 253;
constexpr size_t kUserInfoBytesMax = 256;
constexpr size_t kSchemeBytesMax = 24;
constexpr size_t kTokenBytesMax = 4096;
constexpr size_t kPrivateKeyBytesMax = 16 * 1024;

bool IsLocalByte(char c) {
  return IsAlnum(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-' || c == '\'';
}

bool IsUrlSafe(char c) { return IsAlnum(c) || c == '_' || c == '-'; }

template <typename Set>
size_t RunEnd(std::string_view text, size_t i, Set in_set) {
  const size_t end = std::min(text.size(), i + kTokenBytesMax);
  while (i < end && in_set(text[i])) ++i;
  return i;
}

/// `prefix` ends just before `body` and does not continue a word.
bool HasPrefix(std::string_view text, size_t body, std::string_view prefix) {
  return body >= prefix.size() && text.substr(body - prefix.size(), prefix.size()) == prefix &&
         !IsAlnum(Before(text, body - prefix.size()));
}

struct TokenForm {
  std::string_view prefix;
  size_t body_bytes_min;
  bool url_safe;  // The body may have '_' and '-'.
};
constexpr TokenForm kUnderscoreForms[] = {
    {"hf_", 20, false},        {"ghp_", 30, false},     {"gho_", 30, false},
    {"ghu_", 30, false},       {"ghs_", 30, false},     {"ghr_", 30, false},
    {"github_pat_", 40, true}, {"sk_live_", 16, false}, {"sk_test_", 16, false},
    {"rk_live_", 16, false},   {"rk_test_", 16, false}};
constexpr TokenForm kDashForms[] = {{"glpat-", 20, true}, {"xoxa-", 10, true}, {"xoxb-", 10, true},
                                    {"xoxe-", 10, true},  {"xoxo-", 10, true}, {"xoxp-", 10, true},
                                    {"xoxr-", 10, true},  {"xoxs-", 10, true}};

template <size_t kCount>
Range MatchForms(const TokenForm (&forms)[kCount], std::string_view text, size_t body) {
  for (const TokenForm& form : forms) {
    if (!HasPrefix(text, body, form.prefix)) continue;
    const size_t end = form.url_safe ? RunEnd(text, body, IsUrlSafe) : RunEnd(text, body, IsAlnum);
    if (end - body >= form.body_bytes_min) return {body - form.prefix.size(), end};
  }
  return {};
}

/// sk-...: the body must have a digit or a capital, unlike a long dashed word.
Range MatchSkToken(std::string_view text, size_t body) {
  if (!HasPrefix(text, body, "sk-")) return {};
  const size_t end = RunEnd(text, body, IsUrlSafe);
  const bool mixed = std::any_of(text.begin() + static_cast<ptrdiff_t>(body),
                                 text.begin() + static_cast<ptrdiff_t>(end),
                                 [](char c) { return IsDigit(c) || (c >= 'A' && c <= 'Z'); });
  if (end - body < 20 || !mixed) return {};
  return {body - 3, end};
}

/// AKIA and ASIA with 16 capitals and digits, AIza with 35 URL-safe bytes (30 or more counts).
Range MatchCloudKey(std::string_view text, size_t i) {
  const auto capital_or_digit = [](char c) { return IsDigit(c) || (c >= 'A' && c <= 'Z'); };
  if (HasPrefix(text, i + 2, "AKIA") || HasPrefix(text, i + 2, "ASIA")) {
    const size_t end = RunEnd(text, i + 2, capital_or_digit);
    if (end - (i + 2) == 16 && !IsAlnum(At(text, end))) return {i - 2, end};
  }
  if (i + 3 <= text.size() && HasPrefix(text, i + 3, "AIza")) {
    const size_t end = RunEnd(text, i + 3, IsUrlSafe);
    if (end - (i + 3) >= 30) return {i - 1, end};
  }
  return {};
}

Range MatchJsonWebToken(std::string_view text, size_t i) {
  constexpr size_t kPartBytesMin = 10;
  if (!HasPrefix(text, i + 1, "eyJ")) return {};
  size_t end = i + 1;
  for (int part = 0; part < 3; ++part) {
    const size_t begin = end;
    end = RunEnd(text, begin, IsUrlSafe);
    if (end - begin < kPartBytesMin) return {};
    if (part == 2) return {i - 2, end};
    if (At(text, end) != '.') return {};
    ++end;
  }
  return {};
}

}  // namespace

Range MatchEmail(std::string_view text, size_t i) {
  size_t begin = i;
  while (begin > 0 && i - begin < kLocalPartBytesMax && IsLocalByte(text[begin - 1])) --begin;
  while (begin < i && !IsAlnum(text[begin]) && text[begin] != '_' && text[begin] != '+') ++begin;
  if (begin == i || text[i - 1] == '.') return {};
  // The longest domain that ends in a label of letters; a label may continue in other bytes.
  size_t best = 0;
  size_t label = i + 1;
  int labels = 0;
  const size_t limit = std::min(text.size(), i + 1 + kDomainBytesMax);
  while (label < limit) {
    size_t end = label;
    while (end < limit && (IsAlnum(text[end]) || text[end] == '-')) ++end;
    if (end == label || text[label] == '-') break;
    size_t letters = label;
    while (letters < end && IsLetter(text[letters])) ++letters;
    if (labels > 0 && letters - label >= 2) best = letters;
    ++labels;
    if (end >= limit || text[end] != '.') break;
    label = end + 1;
  }
  return best == 0 ? Range{} : Range{begin, best};
}

Range MatchUrlPassword(std::string_view text, size_t i) {
  const size_t limit = i > kUserInfoBytesMax ? i - kUserInfoBytesMax : 0;
  size_t begin = i;
  size_t colon = i;
  while (begin > limit) {
    const char c = text[begin - 1];
    if (static_cast<unsigned char>(c) <= ' ' || c == '/' || c == '"' || c == '<' || c == '>') break;
    if (c == ':') colon = begin - 1;
    --begin;
  }
  if (colon == i || colon + 1 >= i || begin < 4) return {};
  if (text.substr(begin - 3, 3) != "://") return {};
  size_t scheme = begin - 3;
  while (scheme > 0 && begin - scheme < kSchemeBytesMax &&
         (IsAlnum(text[scheme - 1]) || text[scheme - 1] == '+')) {
    --scheme;
  }
  if (scheme == begin - 3 || !IsAlnum(At(text, i + 1))) return {};
  return {begin, i};
}

Range MatchToken(std::string_view text, size_t i) {
  switch (text[i]) {
    case '_':
      return MatchForms(kUnderscoreForms, text, i + 1);
    case '-': {
      const Range token = MatchSkToken(text, i + 1);
      return token.empty() ? MatchForms(kDashForms, text, i + 1) : token;
    }
    case 'I':
      return i + 2 <= text.size() && i >= 1 ? MatchCloudKey(text, i) : Range{};
    default:
      return i >= 2 ? MatchJsonWebToken(text, i) : Range{};
  }
}

Range MatchPrivateKey(std::string_view text, size_t i) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  constexpr std::string_view kKind = "PRIVATE KEY-----";
  constexpr size_t kKindBytesMax = 32;
  if (text.substr(i, kBegin.size()) != kBegin) return {};
  const size_t name = i + kBegin.size();
  const size_t kind = text.substr(name, kKindBytesMax + kKind.size()).find(kKind);
  if (kind == std::string_view::npos ||
      text.substr(name, kind).find_first_of("-\n") != std::string_view::npos) {
    return {};
  }
  const size_t body = name + kind + kKind.size();
  const std::string_view rest = text.substr(body, kPrivateKeyBytesMax);
  const size_t end = rest.find("-----END ");
  if (end == std::string_view::npos) return {i, body + rest.size()};
  const size_t closing = rest.substr(end, kKindBytesMax + kKind.size()).find(kKind);
  if (closing == std::string_view::npos) return {i, body + end};
  return {i, body + end + closing + kKind.size()};
}

}  // namespace hubmill::pii

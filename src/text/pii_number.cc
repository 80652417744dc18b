// What consists of digits: IP addresses, payment cards, phone numbers.
#include <algorithm>
#include <array>

#include "text/pii_match.h"

namespace hubmill::pii {
namespace {

constexpr size_t kIpv6BytesMax = 45;
constexpr size_t kCardDigitsMin = 13;
constexpr size_t kCardDigitsMax = 19;
constexpr size_t kPhoneDigitsMin = 7;
constexpr size_t kPhoneDigitsMax = 15;
constexpr size_t kGroupsMax = 8;
constexpr size_t kKeywordBytesMax = 16;

bool IsHex(char c) { return IsDigit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

size_t DigitsEnd(std::string_view text, size_t i, size_t digits_max) {
  const size_t end = std::min(text.size(), i + digits_max);
  while (i < end && IsDigit(text[i])) ++i;
  return i;
}

bool JoinsNumbers(char c) { return c == '.' || c == ',' || c == '-' || c == '/' || c == ':'; }

/// A number may start at i: nothing before it makes it the tail of a longer word or number.
bool StartsNumber(std::string_view text, size_t i) {
  const char c = Before(text, i);
  if (IsAlnum(c) || c == '_') return false;
  return !(JoinsNumbers(c) && i >= 2 && IsAlnum(text[i - 2]));
}

/// A number may end before i.
bool EndsNumber(std::string_view text, size_t i) {
  const char c = At(text, i);
  if (IsAlnum(c) || c == '_') return false;
  return !(JoinsNumbers(c) && IsDigit(At(text, i + 1)));
}

/// Runs of digits with one separator byte between two of them.
struct Groups {
  size_t count = 0;
  std::array<size_t, kGroupsMax> begin{};
  std::array<size_t, kGroupsMax> end{};
  std::array<char, kGroupsMax> separator{};  // [k]: before group k.
  size_t size(size_t k) const { return end[k] - begin[k]; }
};

Groups ParseGroups(std::string_view text, size_t i, std::string_view separators) {
  Groups groups;
  while (groups.count < kGroupsMax && IsDigit(At(text, i))) {
    const size_t k = groups.count++;
    groups.begin[k] = i;
    groups.end[k] = i = DigitsEnd(text, i, kCardDigitsMax + 1);
    const char separator = At(text, i);
    if (groups.count == kGroupsMax || separator == '\0' ||
        separators.find(separator) == std::string_view::npos) {
      break;
    }
    groups.separator[groups.count] = separator;
    ++i;
  }
  return groups;
}

bool PassesLuhn(std::string_view text, size_t begin, size_t end) {
  int sum = 0;
  bool twice = false;
  for (size_t i = end; i-- > begin;) {
    if (!IsDigit(text[i])) continue;
    int digit = text[i] - '0';
    if (twice) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
    twice = !twice;
  }
  return sum % 10 == 0;
}

Range MatchInternational(std::string_view text, size_t plus) {
  if (IsAlnum(Before(text, plus)) || Before(text, plus) == '+') return {};
  size_t digits = 0;
  size_t best = 0;
  size_t i = plus + 1;
  while (digits < kPhoneDigitsMax) {
    const size_t end = DigitsEnd(text, i, kPhoneDigitsMax + 1);
    if (end == i || digits + (end - i) > kPhoneDigitsMax) break;
    digits += end - i;
    i = end;
    if (digits >= kPhoneDigitsMin) best = end;
    // One separator, or the brackets around an area code.
    size_t next = i;
    while (next - i < 2 &&
           (At(text, next) == ' ' || At(text, next) == '-' || At(text, next) == '.' ||
            At(text, next) == '(' || At(text, next) == ')')) {
      ++next;
    }
    if (next == i || !IsDigit(At(text, next))) break;
    i = next;
  }
  if (best == 0 || IsAlnum(At(text, best))) return {};
  return {plus, best};
}

bool IsAreaLike(std::string_view text, size_t i) { return text[i] >= '2'; }

/// 415-555-1234 in all its spellings; `i` is the first digit of the area code.
Range MatchNorthAmerican(std::string_view text, size_t i) {
  size_t begin = i;
  if (DigitsEnd(text, i, 4) != i + 3 || !IsAreaLike(text, i)) return {};
  size_t exchange = i + 3;
  char separator = At(text, exchange);
  const bool bracket = Before(text, i) == '(' && separator == ')';
  if (bracket) {
    begin = i - 1;
    ++exchange;
    if (At(text, exchange) == ' ' || At(text, exchange) == '-') ++exchange;
  } else {
    if (separator != '-' && separator != '.' && separator != ' ') return {};
    ++exchange;
  }
  if (DigitsEnd(text, exchange, 4) != exchange + 3 || !IsAreaLike(text, exchange)) return {};
  const char second = At(text, exchange + 3);
  const bool separated =
      bracket ? second == '-' || second == ' ' || second == '.' : second == separator;
  const size_t line = exchange + 4;
  if (!separated || DigitsEnd(text, line, 5) != line + 4 || !EndsNumber(text, line + 4)) return {};
  // A leading "1-", "1 " or "1." belongs to it.
  const char before = Before(text, begin);
  if (begin >= 2 && text[begin - 2] == '1' && (before == '-' || before == ' ' || before == '.') &&
      StartsNumber(text, begin - 2)) {
    return {begin - 2, line + 4};
  }
  if (!StartsNumber(text, begin)) return {};
  return {begin, line + 4};
}

bool FollowsKeyword(std::string_view text, size_t i) {
  const size_t from = i > kKeywordBytesMax ? i - kKeywordBytesMax : 0;
  std::array<char, kKeywordBytesMax> lower{};
  for (size_t k = from; k < i; ++k) {
    lower[k - from] =
        text[k] >= 'A' && text[k] <= 'Z' ? static_cast<char>(text[k] | 0x20) : text[k];
  }
  const std::string_view before(lower.data(), i - from);
  for (const std::string_view keyword : {"tel", "phone", "call", "fax", "mobile", "cell"}) {
    if (before.find(keyword) != std::string_view::npos) return true;
  }
  return false;
}

Range MatchLocal(std::string_view text, size_t i) {
  if (DigitsEnd(text, i, 4) != i + 3 || At(text, i + 3) != '-' || !IsAreaLike(text, i)) return {};
  const size_t end = i + 8;
  if (DigitsEnd(text, i + 4, 5) != end || !StartsNumber(text, i) || !EndsNumber(text, end))
    return {};
  if (text.substr(i, 3) != "555" && !FollowsKeyword(text, i)) return {};
  return {i, end};
}

/// 020 7946 0958, 01-44-12-34-56, 0044 20 7946 0958.
Range MatchNational(std::string_view text, size_t i) {
  if (text[i] != '0' || !StartsNumber(text, i)) return {};
  const Groups groups = ParseGroups(text, i, " -.");
  size_t digits = 0;
  Range best;
  for (size_t k = 0; k < groups.count; ++k) {
    if (groups.size(k) < 2 || (k >= 2 && groups.separator[k] != groups.separator[1])) break;
    digits += groups.size(k);
    const size_t digits_max = text.substr(i, 2) == "00" ? 13 : 11;
    if (digits > digits_max) break;
    const bool enough_groups = k >= 1 && (groups.separator[1] != '.' || k >= 2);
    if (enough_groups && digits >= 9 && EndsNumber(text, groups.end[k])) best = {i, groups.end[k]};
  }
  return best;
}

/// Parses IPv6 groups in `text`; true if the whole is an address.
bool IsIpv6(std::string_view text) {
  int groups = 0;
  bool gap = false;
  bool digit = false;
  size_t i = 0;
  while (i < text.size()) {
    if (text.substr(i, 2) == "::") {
      if (gap) return false;
      gap = true;
      i += 2;
      if (i == text.size()) break;
    } else if (i > 0) {
      if (text[i] != ':') return false;
      ++i;
    }
    const size_t begin = i;
    while (i < text.size() && IsHex(text[i])) digit |= IsDigit(text[i++]);
    if (At(text, i) == '.') {
      const Range tail = MatchIpv4(text.substr(begin), 0);
      if (tail.empty() || begin + tail.end != text.size()) return false;
      groups += 2;
      i = text.size();
      break;
    }
    if (i == begin || i - begin > 4) return false;
    ++groups;
  }
  return gap ? groups >= 1 && groups <= 7 && digit : groups == 8;
}

}  // namespace

Range MatchIpv4(std::string_view text, size_t i) {
  const char before = Before(text, i);
  if (IsAlnum(before) || before == '_') return {};
  if (before == '.' && i >= 2 && IsAlnum(text[i - 2])) return {};
  size_t end = i;
  for (int octet = 0; octet < 4; ++octet) {
    const size_t begin = end;
    end = DigitsEnd(text, begin, 4);
    if (end == begin || end - begin > 3) return {};
    int value = 0;
    for (size_t k = begin; k < end; ++k) value = value * 10 + (text[k] - '0');
    if (value > 255) return {};
    if (octet < 3 && At(text, end++) != '.') return {};
  }
  const char after = At(text, end);
  if (IsAlnum(after) || after == '_' || (after == '.' && IsDigit(At(text, end + 1)))) return {};
  return {i, end};
}

Range MatchIpv6(std::string_view text, size_t i) {
  const auto in_address = [](char c) { return IsHex(c) || c == ':' || c == '.'; };
  size_t begin = i;
  while (begin > 0 && i - begin < kIpv6BytesMax && in_address(text[begin - 1])) --begin;
  size_t end = i;
  while (end < text.size() && end - begin <= kIpv6BytesMax && in_address(text[end])) ++end;
  while (begin < i && text[begin] == '.') ++begin;
  while (end > i && text[end - 1] == '.') --end;
  if (end - begin > 2 && text[end - 1] == ':' && text[end - 2] != ':') --end;
  if (end - begin > 2 && text[begin] == ':' && text[begin + 1] != ':') ++begin;
  if (end - begin < 3 || end - begin > kIpv6BytesMax || IsAlnum(Before(text, begin)) ||
      Before(text, begin) == '_' || IsAlnum(At(text, end)) || At(text, end) == '_') {
    return {};
  }
  return IsIpv6(text.substr(begin, end - begin)) ? Range{begin, end} : Range{};
}

Range MatchCard(std::string_view text, size_t i) {
  if (text[i] < '2' || text[i] > '6' || !StartsNumber(text, i)) return {};
  const Groups groups = ParseGroups(text, i, " -");
  size_t digits = 0;
  Range best;
  for (size_t k = 0; k < groups.count; ++k) {
    const bool sized = groups.size(k) >= 2 && groups.size(k) <= 7;
    if (groups.count > 1 && !sized && !(k == 0 && groups.size(k) >= kCardDigitsMin)) break;
    if (k >= 2 && groups.separator[k] != groups.separator[1]) break;
    digits += groups.size(k);
    if (digits > kCardDigitsMax) break;
    if (digits >= kCardDigitsMin && EndsNumber(text, groups.end[k]) &&
        PassesLuhn(text, i, groups.end[k])) {
      best = {i, groups.end[k]};
    }
  }
  return best;
}

Range MatchPhone(std::string_view text, size_t i) {
  const char before = Before(text, i);
  if (before == '+') return MatchInternational(text, i - 1);
  if (before == '(' && i >= 2 && text[i - 2] == '+') return {};
  for (const auto match : {&MatchNorthAmerican, &MatchLocal, &MatchNational}) {
    const Range hit = match(text, i);
    if (!hit.empty()) return hit;
  }
  return {};
}

/// Bytes of the decimal digit at i: ASCII, Arabic (U+0660, U+06F0), Devanagari (U+0966) or Bengali
/// (U+09E6); 0 where none stands there.
static size_t DigitBytes(std::string_view text, size_t i) {
  const auto byte = [&](size_t at) { return static_cast<unsigned char>(At(text, i + at)); };
  if (IsDigit(At(text, i))) return 1;
  if (byte(0) == 0xD9) return byte(1) >= 0xA0 && byte(1) <= 0xA9 ? 2 : 0;
  if (byte(0) == 0xDB) return byte(1) >= 0xB0 && byte(1) <= 0xB9 ? 2 : 0;
  if (byte(0) != 0xE0 || (byte(1) != 0xA5 && byte(1) != 0xA7)) return 0;
  return byte(2) >= 0xA6 && byte(2) <= 0xAF ? 3 : 0;
}

Range NextNumber(std::string_view text, size_t i) {
  while (i < text.size()) {
    const size_t begin = i;
    size_t digits = 0;  // From `begin` to `end`.
    size_t on_end = 0;  // The longest stretch without a separator.
    size_t stretch = 0;
    size_t end = begin;
    while (const size_t bytes = DigitBytes(text, i)) {
      ++digits;
      on_end = std::max(on_end, ++stretch);
      end = i += bytes;
      if ((At(text, i) == ' ' || At(text, i) == '-') && DigitBytes(text, i + 1) != 0) {
        ++i;
        stretch = 0;
      }
    }
    if (on_end >= 7 || digits >= 9) return {begin, end};
    if (digits == 0) ++i;
  }
  return {text.size(), text.size()};
}

}  // namespace hubmill::pii

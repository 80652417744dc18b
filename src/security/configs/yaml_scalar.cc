#include "security/configs/yaml_scalar.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/json_text.h"

namespace hubmill {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

template <size_t kSize>
bool IsOneOf(std::string_view text, const std::string_view (&words)[kSize]) {
  return std::find(std::begin(words), std::end(words), text) != std::end(words);
}

constexpr std::string_view kNull[] = {"", "~", "null", "Null", "NULL"};
constexpr std::string_view kTrue[] = {"y",    "Y",    "yes", "Yes", "YES", "true",
                                      "True", "TRUE", "on",  "On",  "ON"};
constexpr std::string_view kFalse[] = {"n",     "N",     "no",  "No",  "NO", "false",
                                       "False", "FALSE", "off", "Off", "OFF"};

/// Digits of base 2, 8, 10 or 16 behind an optional sign; "" where it is no integer of 64 bits.
std::string Integer(std::string_view text) {
  const bool negative = text[0] == '-';
  if (text[0] == '-' || text[0] == '+') text.remove_prefix(1);
  int base = 10;
  if (text.size() > 1 && text[0] == '0') {
    const char mark = static_cast<char>(text[1] | 0x20);
    base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
    text.remove_prefix(base == 8 && mark != 'o' ? 1 : 2);
  }
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return "";
  if (negative && value > uint64_t{1} << 63) return "";
  return (negative && value != 0 ? "-" : "") + std::to_string(value);
}

size_t SkipDigits(std::string_view text, size_t at) {
  while (at < text.size() && IsDigit(text[at])) ++at;
  return at;
}

/// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool IsFloat(std::string_view text) {
  size_t at = text[0] == '-' || text[0] == '+' ? 1 : 0;
  const size_t whole = at;
  at = SkipDigits(text, at);
  size_t digits = at - whole;
  if (at < text.size() && text[at] == '.') {
    const size_t end = SkipDigits(text, at + 1);
    digits += end - at - 1;
    at = end;
  }
  if (digits == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const size_t end = SkipDigits(text, at);
    if (end == at) return false;
    at = end;
  }
  return at == text.size();
}

}  // namespace

std::string JsonOfPlainScalar(std::string_view text) {
  if (IsOneOf(text, kNull)) return "null";
  if (IsOneOf(text, kTrue)) return "true";
  if (IsOneOf(text, kFalse)) return "false";
  std::string json;
  const char first = text[0];
  if (IsDigit(first) || first == '-' || first == '+' || first == '.') {
    std::string plain(text);  // Digits may be grouped: 1_000.
    plain.erase(std::remove(plain.begin(), plain.end(), '_'), plain.end());
    if (!plain.empty() && (json = Integer(plain)).empty() && IsFloat(plain)) {
      const size_t sign = plain[0] == '+' ? 1 : 0;
      double value = 0;
      const auto read = std::from_chars(plain.data() + sign, plain.data() + plain.size(), value);
      if (read.ec != std::errc() || !AppendJsonDouble(value, &json)) json.clear();
    }
    if (!json.empty()) return json;
  }
  AppendJsonString(text, &json);
  return json;
}

}  // namespace hubmill

#include "llm/correctness.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "base/ascii.h"
#include "base/utf8.h"

namespace hubmill {
namespace {

using Kind = JsonValue::Kind;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// The text without white space around it and without underscores, which must stand between
/// digits; nothing where one does not.
std::optional<std::string> NumberText(std::string_view given) {
  const std::string_view text = StripPythonSpace(given);
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out.push_back(text[i]);
    } else if (i == 0 || i + 1 == text.size() || !IsDigit(text[i - 1]) || !IsDigit(text[i + 1])) {
      return std::nullopt;
    }
  }
  return out;
}

/// Digits with an optional sign and an optional exponent, or inf, infinity, nan in any case.
std::optional<double> FloatOf(std::string_view given) {
  const std::optional<std::string> text = NumberText(given);
  if (!text) return std::nullopt;
  std::string_view digits = *text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  const std::string lower = AsciiLowered(digits);
  double number = 0;
  if (lower == "inf" || lower == "infinity") {
    number = std::numeric_limits<double>::infinity();
  } else if (lower == "nan") {
    number = std::numeric_limits<double>::quiet_NaN();
  } else {
    if (digits.empty() || !(IsDigit(digits[0]) || digits[0] == '.')) return std::nullopt;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (read.ptr != digits.data() + digits.size()) return std::nullopt;
    if (read.ec == std::errc::result_out_of_range) {
      // Python rounds to infinity or to zero; the exponent's sign tells which.
      const bool tiny = lower.find("e-") != std::string::npos;
      number = tiny ? 0 : std::numeric_limits<double>::infinity();
    } else if (read.ec != std::errc()) {
      return std::nullopt;
    }
  }
  return negative ? -number : number;
}

std::optional<int64_t> IntOf(std::string_view given) {
  const std::optional<std::string> text = NumberText(given);
  if (!text) return std::nullopt;
  std::string_view digits = *text;
  if (digits.starts_with('+')) {
    digits.remove_prefix(1);
    if (digits.starts_with('-')) return std::nullopt;
  }
  int64_t number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
  return number;
}

void KeepLarger(double accuracy, std::optional<double>* best) {
  if (!*best || accuracy > **best) *best = accuracy;
}

}  // namespace

std::optional<double> PythonFloat(const JsonNode& value) {
  switch (value.kind) {
    case Kind::kBool:
      return value.boolean ? 1.0 : 0.0;
    case Kind::kDouble:
      return value.number;
    case Kind::kInt: {
      const std::optional<double> number = FloatOf(value.text);
      return number && std::isfinite(*number) ? number : std::nullopt;
    }
    case Kind::kString:
      return FloatOf(value.text);
    default:
      return std::nullopt;
  }
}

std::optional<int64_t> PythonInt(const JsonNode& value) {
  switch (value.kind) {
    case Kind::kBool:
      return value.boolean ? 1 : 0;
    case Kind::kDouble: {
      constexpr double kLimit = 9223372036854775808.0;  // 2^63
      if (!(value.number >= -kLimit && value.number < kLimit)) return std::nullopt;
      return static_cast<int64_t>(value.number);
    }
    case Kind::kInt:
    case Kind::kString:
      return IntOf(value.text);
    default:
      return std::nullopt;
  }
}

Correctness ReadCorrectness(const JsonNode& metadata) {
  Correctness out;
  for (const JsonField& entry : metadata.fields) {
    const JsonNode* given = entry.value.Find("accuracy");
    const std::optional<double> accuracy = given == nullptr ? std::nullopt : PythonFloat(*given);
    if (!accuracy) continue;
    if (!out.best || *accuracy > *out.best) {
      const JsonNode* count = entry.value.Find("count");
      const JsonNode* pass = entry.value.Find("pass");
      out.best = accuracy;
      out.best_setting = entry.key;
      out.count = count == nullptr ? std::nullopt : PythonInt(*count);
      out.pass = pass == nullptr ? std::nullopt : PythonInt(*pass);
    }
    if (entry.key.starts_with("reason_low")) KeepLarger(*accuracy, &out.low);
    if (entry.key.starts_with("reason_medium")) KeepLarger(*accuracy, &out.medium);
    if (entry.key.starts_with("reason_high")) KeepLarger(*accuracy, &out.high);
    if (entry.key.starts_with("reason_high_with_tool")) KeepLarger(*accuracy, &out.high_with_tool);
    if (entry.key.starts_with("reason_high_no_tool")) KeepLarger(*accuracy, &out.high_no_tool);
  }
  return out;
}

std::optional<double> AccuracyOf(const JsonNode& metadata, std::string_view setting) {
  const JsonNode* entry = metadata.Find(setting);
  const JsonNode* accuracy = entry == nullptr ? nullptr : entry->Find("accuracy");
  return accuracy == nullptr ? std::nullopt : PythonFloat(*accuracy);
}

}  // namespace hubmill

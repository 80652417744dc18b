#include "view/time_text.h"

#include "io/json_time.h"

namespace hubmill {
namespace {

constexpr int64_t kDaySeconds = 86'400;

std::string Padded(int64_t value, size_t digits) {
  std::string text = std::to_string(value);
  return text.size() >= digits ? text : std::string(digits - text.size(), '0') + text;
}

/// ".25" of a fraction of a second; nothing of zero.
std::string Fraction(int64_t part, int64_t units) {
  if (part == 0) return "";
  std::string text = "." + Padded(part, std::to_string(units).size() - 1);
  while (text.back() == '0') text.pop_back();
  return text;
}

std::string Clock(int64_t seconds) {
  return Padded(seconds / 3600, 2) + ":" + Padded(seconds / 60 % 60, 2) + ":" +
         Padded(seconds % 60, 2);
}

}  // namespace

std::string DateText(int64_t days) {
  std::string text;
  AppendIsoTime(*arrow::date32(), days, &text);
  return text;
}

std::string TimestampText(int64_t value, arrow::TimeUnit::type unit, bool utc, bool short_date) {
  const int64_t units = UnitsOfSecond(unit);
  const SplitSeconds split(value, units);
  const SplitSeconds day(split.seconds, kDaySeconds);
  if (short_date && day.rest == 0 && split.rest == 0) return DateText(day.seconds);
  return DateText(day.seconds) + "T" + Clock(day.rest) + Fraction(split.rest, units) +
         (utc ? "Z" : "");
}

std::string TimeOfDayText(int64_t value, arrow::TimeUnit::type unit) {
  if (value < 0) return DurationText(value, unit);
  const int64_t units = UnitsOfSecond(unit);
  return Clock(value / units) + Fraction(value % units, units);
}

std::string DurationText(int64_t value, arrow::TimeUnit::type unit) {
  const int64_t units = UnitsOfSecond(unit);
  const int64_t part = value % units;
  return std::string(value < 0 ? "-" : "") +
         std::to_string(value / units).substr(value / units < 0 ? 1 : 0) +
         Fraction(part < 0 ? -part : part, units) + "s";
}

}  // namespace hubmill

// Days to dates: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
#include "view/time_text.h"

namespace hubmill {
namespace {

constexpr int64_t kDaySeconds = 86'400;

int64_t UnitsOfSecond(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return 1;
    case arrow::TimeUnit::MILLI:
      return 1'000;
    case arrow::TimeUnit::MICRO:
      return 1'000'000;
    case arrow::TimeUnit::NANO:
      break;
  }
  return 1'000'000'000;
}

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

/// Rounds down.
int64_t FloorDiv(int64_t value, int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

std::string Clock(int64_t seconds) {
  return Padded(seconds / 3600, 2) + ":" + Padded(seconds / 60 % 60, 2) + ":" +
         Padded(seconds % 60, 2);
}

}  // namespace

std::string DateText(int64_t days) {
  const int64_t shifted = days + 719'468;  // From 0000-03-01, so that leap days end a year.
  const int64_t era = FloorDiv(shifted, 146'097);
  const int64_t day_of_era = shifted - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  const std::string sign = year < 0 ? "-" : "";
  return sign + Padded(year < 0 ? -year : year, 4) + "-" + Padded(month, 2) + "-" + Padded(day, 2);
}

std::string TimestampText(int64_t value, arrow::TimeUnit::type unit, bool utc, bool short_date) {
  const int64_t units = UnitsOfSecond(unit);
  const int64_t seconds = FloorDiv(value, units);
  const int64_t days = FloorDiv(seconds, kDaySeconds);
  const int64_t of_day = seconds - days * kDaySeconds;
  const int64_t part = value - seconds * units;
  if (short_date && of_day == 0 && part == 0) return DateText(days);
  return DateText(days) + "T" + Clock(of_day) + Fraction(part, units) + (utc ? "Z" : "");
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

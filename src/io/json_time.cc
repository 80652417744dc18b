// Days to calendar dates by std::chrono; beyond its years (32767) the year is computed as is.
#include "io/json_time.h"

#include <charconv>
#include <cmath>

#include "base/check.h"

namespace hubmill {
namespace {

constexpr int64_t kDaySeconds = 86'400;

int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

void AppendPadded(int64_t value, int width, std::string* out) {
  const std::string digits = std::to_string(value);
  if (int(digits.size()) < width) out->append(size_t(width) - digits.size(), '0');
  out->append(digits);
}

/// Proleptic Gregorian date of a day counted from 1970-01-01 (H. Hinnant, "chrono-compatible
/// low-level date algorithms", civil_from_days).
void AppendDate(int64_t days, std::string* out) {
  const int64_t shifted = days + 719'468;
  const int64_t era = FloorDivide(shifted, 146'097);
  const int64_t day_of_era = shifted - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  if (year < 0) {
    out->push_back('-');
    year = -year;
  }
  AppendPadded(year, 4, out);
  out->push_back('-');
  AppendPadded(month, 2, out);
  out->push_back('-');
  AppendPadded(day, 2, out);
}

/// `units` of a second in `fraction`.
void AppendClock(int64_t seconds, int64_t fraction, int64_t units, std::string* out) {
  AppendPadded(seconds / 3'600, 2, out);
  out->push_back(':');
  AppendPadded(seconds / 60 % 60, 2, out);
  out->push_back(':');
  AppendPadded(seconds % 60, 2, out);
  if (fraction == 0) return;
  out->push_back('.');
  const int decimals = int(std::to_string(units).size()) - 1;
  AppendPadded(fraction, decimals, out);
}

}  // namespace

bool AppendJsonFloat(float value, std::string* out) {
  if (!std::isfinite(value)) return false;
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
  const std::string_view text(digits, size_t(end - digits));
  out->append(text);
  if (text.find_first_of(".e") == std::string_view::npos) out->append(".0");
  return true;
}

double HalfToDouble(uint16_t half) {
  const int exponent = half >> 10 & 0x1f;
  const int fraction = half & 0x3ff;
  double value = 0;
  if (exponent == 0x1f) {
    value = fraction == 0 ? HUGE_VAL : NAN;
  } else if (exponent == 0) {
    value = std::ldexp(fraction, -24);
  } else {
    value = std::ldexp(fraction + 1'024, exponent - 25);
  }
  return half >> 15 ? -value : value;
}

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

SplitSeconds::SplitSeconds(int64_t value, int64_t units)
    : seconds(FloorDivide(value, units)), rest(value % units) {
  if (rest < 0) rest += units;
}

void AppendIsoTime(const arrow::DataType& type, int64_t value, std::string* out) {
  switch (type.id()) {
    case arrow::Type::DATE32:
      return AppendDate(value, out);
    case arrow::Type::DATE64:
      return AppendDate(FloorDivide(value, kDaySeconds * 1'000), out);
    case arrow::Type::TIME32:
    case arrow::Type::TIME64: {
      const int64_t units = UnitsOfSecond(static_cast<const arrow::TimeType&>(type).unit());
      const SplitSeconds split(value, units);
      return AppendClock(split.seconds, split.rest, units, out);
    }
    default: {
      HUBMILL_CHECK(type.id() == arrow::Type::TIMESTAMP, "a date, time or timestamp");
      const auto& stamp = static_cast<const arrow::TimestampType&>(type);
      const int64_t units = UnitsOfSecond(stamp.unit());
      const SplitSeconds split(value, units);
      const int64_t days = FloorDivide(split.seconds, kDaySeconds);
      AppendDate(days, out);
      out->push_back('T');
      AppendClock(split.seconds - days * kDaySeconds, split.rest, units, out);
      if (!stamp.timezone().empty()) out->push_back('Z');
    }
  }
}

}  // namespace hubmill

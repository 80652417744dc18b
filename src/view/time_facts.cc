#include "view/time_facts.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace hubmill {
namespace {

constexpr int64_t kMicros = 1'000'000;
constexpr int64_t kDaySeconds = 86'400;
constexpr size_t kSecondsMax = (size_t{1} << 20) - 1;  // Different ones counted by themselves.

int64_t FloorDivide(int64_t value, int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

int64_t Saturate(__int128 value) {
  constexpr __int128 kMin = std::numeric_limits<int64_t>::min();
  constexpr __int128 kMax = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(std::clamp(value, kMin, kMax));
}

int64_t MicrosOf(const arrow::DataType& type, int64_t value) {
  switch (type.id()) {
    case arrow::Type::DATE32:
      return Saturate(static_cast<__int128>(value) * kDaySeconds * kMicros);
    case arrow::Type::DATE64:
      return Saturate(static_cast<__int128>(value) * 1000);
    default:
      break;
  }
  switch (static_cast<const arrow::TimestampType&>(type).unit()) {
    case arrow::TimeUnit::SECOND:
      return Saturate(static_cast<__int128>(value) * kMicros);
    case arrow::TimeUnit::MILLI:
      return Saturate(static_cast<__int128>(value) * 1000);
    case arrow::TimeUnit::MICRO:
      return value;
    default:
      return FloorDivide(value, 1000);
  }
}

double DoubleOf(const Number& number) {
  if (const auto* whole = std::get_if<int64_t>(&number)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&number)) return *real;
  return 0;
}

struct Date {
  int64_t year = 0;
  int64_t month = 0;
  int64_t day = 0;
};

/// Days since 1970-01-01 as a date: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
Date DateOf(int64_t days) {
  days += 719'468;
  const int64_t era = FloorDivide(days, 146'097);
  const int64_t of_era = days - era * 146'097;
  const int64_t year = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const int64_t shifted_month = (5 * of_year + 2) / 153;
  Date date;
  date.day = of_year - (153 * shifted_month + 2) / 5 + 1;
  date.month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  date.year = year + era * 400 + (date.month <= 2 ? 1 : 0);
  return date;
}

}  // namespace

std::string TimeText(int64_t unix_micros, bool with_zone) {
  const int64_t seconds = FloorDivide(unix_micros, kMicros);
  const int64_t days = FloorDivide(seconds, kDaySeconds);
  const int64_t of_day = seconds - days * kDaySeconds;
  const Date date = DateOf(days);
  char text[80];
  std::snprintf(text, sizeof(text), "%04lld-%02d-%02d %02d:%02d:%02d%s",
                static_cast<long long>(date.year), int(date.month), int(date.day),
                int(of_day / 3600), int(of_day / 60 % 60), int(of_day % 60),
                with_zone ? "+0000" : "");
  return text;
}

std::string TimedeltaText(double seconds) {
  const auto micros =
      static_cast<int64_t>(std::min(std::nearbyint(seconds * static_cast<double>(kMicros)), 9e18));
  const int64_t whole = micros / kMicros;
  const int64_t days = whole / kDaySeconds;
  const int64_t of_day = whole % kDaySeconds;
  std::string text;
  if (days > 0) text = std::to_string(days) + (days == 1 ? " day, " : " days, ");
  char time[40];
  std::snprintf(time, sizeof(time), "%d:%02d:%02d", int(of_day / 3600), int(of_day / 60 % 60),
                int(of_day % 60));
  text += time;
  if (micros % kMicros != 0) {
    std::snprintf(time, sizeof(time), ".%06d", int(micros % kMicros));
    text += time;
  }
  return text;
}

double UnixSecondsOf(const arrow::DataType& type, int64_t value) {
  const int64_t whole = SecondsOf(type, value);
  const auto rest = static_cast<double>(MicrosOf(type, value) - whole * kMicros);
  return static_cast<double>(whole) + rest / static_cast<double>(kMicros);
}

SecondCounts::SecondCounts(const ColumnGather& column)
    : type_(column.type()), first_(IntOfKey(column.min_key())), counts_(kSecondsMax) {
  first_micros_ = MicrosOf(*type_, first_);
  with_zone_ = type_->id() == arrow::Type::TIMESTAMP &&
               !static_cast<const arrow::TimestampType&>(*type_).timezone().empty();
}

uint64_t SecondCounts::KeyOfTime(uint64_t key) const {
  const int64_t passed = Saturate(static_cast<__int128>(IntOfKey(key)) - first_);
  return KeyOfInt(SecondsOf(*type_, passed));
}

Number SecondCounts::TimeOf(const Number& seconds) const {
  const double micros = std::nearbyint(DoubleOf(seconds) * static_cast<double>(kMicros));
  const double limit = 9e18;
  return TimeText(Saturate(static_cast<__int128>(std::min(micros, limit)) + first_micros_),
                  with_zone_);
}

NumberFacts SecondCounts::AsTimes(const NumberFacts& seconds) const {
  NumberFacts times;
  times.min = TimeText(first_micros_, with_zone_);
  times.max = TimeOf(seconds.max);
  times.mean = TimeOf(seconds.mean);
  times.median = TimeOf(seconds.median);
  if (std::holds_alternative<double>(seconds.std)) {
    times.std = TimedeltaText(std::get<double>(seconds.std));
  }
  times.histogram.counts = seconds.histogram.counts;
  for (const Number& edge : seconds.histogram.edges) {
    times.histogram.edges.push_back(TimeOf(edge));
  }
  return times;
}

}  // namespace hubmill

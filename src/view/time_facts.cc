#include "view/time_facts.h"

#include <cmath>
#include <cstdio>

#include "view/time_text.h"

namespace hubmill {
namespace {

constexpr int64_t kMicros = 1'000'000;
constexpr int64_t kDaySeconds = 86'400;
constexpr size_t kSecondsMax = (size_t{1} << 20) - 1;  // Different ones counted by themselves.

__int128 FloorDivide(__int128 value, int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

__int128 MicrosOf(const arrow::DataType& type, __int128 value) {
  if (type.id() == arrow::Type::DATE32) return value * kDaySeconds * kMicros;
  if (type.id() == arrow::Type::DATE64) return value * 1000;
  switch (static_cast<const arrow::TimestampType&>(type).unit()) {
    case arrow::TimeUnit::SECOND:
      return value * kMicros;
    case arrow::TimeUnit::MILLI:
      return value * 1000;
    case arrow::TimeUnit::MICRO:
      return value;
    default:
      return FloorDivide(value, 1000);
  }
}

/// Whole seconds of `count` units, rounded towards zero.
__int128 WholeSecondsOf(const arrow::DataType& type, __int128 count) {
  const bool nanos = type.id() == arrow::Type::TIMESTAMP &&
                     static_cast<const arrow::TimestampType&>(type).unit() == arrow::TimeUnit::NANO;
  return nanos ? count / 1'000'000'000 : MicrosOf(type, count) / kMicros;
}

/// Seconds as microseconds; those of a whole number are exact.
__int128 MicrosOfSeconds(const Number& seconds) {
  if (const auto* whole = std::get_if<uint64_t>(&seconds)) {
    return static_cast<__int128>(*whole) * kMicros;
  }
  const auto* real = std::get_if<double>(&seconds);
  if (real == nullptr) return 0;
  const double whole = std::floor(*real);  // Apart: microseconds of many seconds are no double.
  const double rest = std::nearbyint((*real - whole) * static_cast<double>(kMicros));
  return static_cast<__int128>(whole) * kMicros + static_cast<__int128>(rest);
}

}  // namespace

std::string TimeText(__int128 unix_micros, bool with_zone) {
  const __int128 seconds = FloorDivide(unix_micros, kMicros);
  const __int128 days = FloorDivide(seconds, kDaySeconds);
  const auto of_day = static_cast<int>(seconds - days * kDaySeconds);
  char time[40];
  std::snprintf(time, sizeof(time), " %02d:%02d:%02d%s", of_day / 3600, of_day / 60 % 60,
                of_day % 60, with_zone ? "+0000" : "");
  return DateText(static_cast<int64_t>(days)) + time;
}

std::string TimedeltaText(double seconds) {
  const auto micros = static_cast<__int128>(std::nearbyint(seconds * static_cast<double>(kMicros)));
  const auto whole = static_cast<uint64_t>(micros / kMicros);
  const uint64_t days = whole / kDaySeconds;
  const uint64_t of_day = whole % kDaySeconds;
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
  const __int128 micros = MicrosOf(type, value);
  const __int128 whole = micros / kMicros;
  return static_cast<double>(whole) +
         static_cast<double>(micros - whole * kMicros) / static_cast<double>(kMicros);
}

SecondCounts::SecondCounts(const ColumnGather& column)
    : type_(column.type()), first_(IntOfKey(column.min_key())), counts_(kSecondsMax) {
  first_micros_ = MicrosOf(*type_, first_);
  with_zone_ = type_->id() == arrow::Type::TIMESTAMP &&
               !static_cast<const arrow::TimestampType&>(*type_).timezone().empty();
}

uint64_t SecondCounts::KeyOfTime(uint64_t key) const {
  const __int128 passed = static_cast<__int128>(IntOfKey(key)) - first_;
  return static_cast<uint64_t>(WholeSecondsOf(*type_, passed));
}

Number SecondCounts::TimeOf(const Number& seconds) const {
  return TimeText(MicrosOfSeconds(seconds) + first_micros_, with_zone_);
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

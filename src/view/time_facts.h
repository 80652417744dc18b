// Times as the dataset viewer tells them: by whole seconds since the first one, and as text.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "view/column_gather.h"
#include "view/number_facts.h"

namespace hubmill {

/// "2024-05-01 12:00:00", and "+0000" where the column has a time zone: times are shown in UTC.
/// Years may have more than four digits, and a sign.
std::string TimeText(__int128 unix_micros, bool with_zone);
/// As Python's str(timedelta(seconds=seconds)): "3 days, 4:05:06.700000".  REQUIRES: seconds >= 0.
std::string TimedeltaText(double seconds);

/// Seconds since 1970, with their fraction, of `value` units of a timestamp or date type.
double UnixSecondsOf(const arrow::DataType& type, int64_t value);

/// Counts of seconds between the first time of a column and each other.
class SecondCounts {
 public:
  /// REQUIRES: `column` is kTime, its rows were all added, and one is not null.
  explicit SecondCounts(const ColumnGather& column);

  /// A key of the column's as the key of its seconds, which are kUnsigned: between the ends of a
  /// column there may be more than an int64_t holds.
  uint64_t KeyOfTime(uint64_t key) const;
  void Add(uint64_t key, int64_t count) { counts_.Add(KeyOfTime(key), count); }
  void AddTimes(std::span<const uint64_t> keys) {
    for (const uint64_t key : keys) Add(key, 1);
  }

  const ValueCounts& counts() const { return counts_; }

  /// Facts of the seconds as times and durations.  Least and greatest are exact, the median up to
  /// 2^53 seconds (285 million years) after the least.
  NumberFacts AsTimes(const NumberFacts& seconds) const;

 private:
  Number TimeOf(const Number& seconds) const;

  std::shared_ptr<arrow::DataType> type_;
  int64_t first_ = 0;  // In the units of the type.
  __int128 first_micros_ = 0;
  bool with_zone_ = false;
  ValueCounts counts_;
};

}  // namespace hubmill

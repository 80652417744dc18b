// Numbers and times as JSON spells them, beside what base/json_text.h has.
#pragma once

#include <arrow/type.h>

#include <cstdint>
#include <string>

namespace hubmill {

/// The shortest digits that read back as the same float.  False for NaN and infinity.
[[nodiscard]] bool AppendJsonFloat(float value, std::string* out);

double HalfToDouble(uint16_t half);

/// 1 for seconds … 1,000,000,000 for nanoseconds.
int64_t UnitsOfSecond(arrow::TimeUnit::type unit);

/// Whole seconds rounded down, and the rest in units, never negative; of any value.
struct SplitSeconds {
  SplitSeconds(int64_t value, int64_t units);

  int64_t seconds;
  int64_t rest;
};

/// A date, time or timestamp in ISO 8601, without quotes: 2024-05-01, 12:00:00.250,
/// 2024-05-01T12:00:00Z.  Decimals as many as the unit has (none where the value is a whole
/// second).
void AppendIsoTime(const arrow::DataType& type, int64_t value, std::string* out);

}  // namespace hubmill

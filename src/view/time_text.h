// Dates, times and durations as ISO 8601 text, for every value that a column can hold: years may
// have more than four digits, and a sign.
#pragma once

#include <arrow/type.h>

#include <cstdint>
#include <string>

namespace hubmill {

/// "2026-11-22"; days since 1970-01-01.
std::string DateText(int64_t days);

/// "2026-11-22T10:00:00.000001"; a fraction of zero is left out, `utc` adds Z.  With `short_date`,
/// a midnight is the date alone.
std::string TimestampText(int64_t value, arrow::TimeUnit::type unit, bool utc, bool short_date);

/// "10:00:00.25"; values outside a day are shown as they are, hours beyond 23.
std::string TimeOfDayText(int64_t value, arrow::TimeUnit::type unit);

/// "-1.5s"
std::string DurationText(int64_t value, arrow::TimeUnit::type unit);

}  // namespace hubmill

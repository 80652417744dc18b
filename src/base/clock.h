// The time is a parameter: whoever needs it takes a Clock&, so that tests choose it.
#pragma once

#include <chrono>
#include <cstdint>

namespace hubmill {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Nanoseconds since 1970-01-01 UTC.
  virtual int64_t UnixNanos() = 0;
};

class SystemClock final : public Clock {
 public:
  int64_t UnixNanos() override {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

}  // namespace hubmill

// When a request is sent again, and after how long.
//
// The waiting time doubles after each failure and is jittered (half of it is random), so that many
// clients that failed together do not come back together.  A server that names a time (Retry-After,
// or RateLimit with r=0 and t=seconds) is obeyed, up to a bound.  Clock and seed are parameters, so
// that a test waits for nothing and sees the same delays each time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace hubmill {

struct RetryOptions {
  int attempts_max = 6;          // 1 means no retry.
  int64_t delay_ms_first = 500;  // Doubles after each failure.
  int64_t delay_ms_max = 16'000;
  int64_t server_wait_ms_max = 330'000;  // The Hub's rate limit has windows of 300 s.
  uint64_t seed = 0;                     // Of the jitter; 0 takes one from the system.
};

/// The time as retries see it.
class PauseClock {
 public:
  virtual ~PauseClock() = default;
  virtual int64_t UnixMillis() = 0;
  /// Returns early, false, once `cancelled()` is true.
  virtual bool Pause(int64_t ms, const std::function<bool()>& cancelled) = 0;
};

/// The real one.  Threads may share it.
PauseClock& SystemPauseClock();

/// The jittered delay after the given number of failures (1 or more): between half of
/// first * 2^(failures-1), bounded, and all of it.
int64_t RetryDelayMs(const RetryOptions& options, int failures, uint64_t seed);

/// How long the server asks to wait, in ms; -1 where it does not say.  `retry_after` is seconds or
/// an HTTP date; `rate_limit` as in `"api";r=0;t=55` (counts only where r is 0 and the status 429).
int64_t ServerWaitMs(int status, std::string_view retry_after, std::string_view rate_limit,
                     int64_t now_unix_ms);

/// 408, 425, 429, 500, 502, 503, 504 and 520 to 529.
bool IsTransientStatus(int status);

}  // namespace hubmill

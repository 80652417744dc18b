// HUBMILL_CHECK: an invariant of our own code that stays on in release builds.  It is never used
// for bad input (that is data, or a Status): when it fires, hubmill has a bug, and stopping is
// better than publishing from a broken state.
#pragma once

namespace hubmill {

/// Prints `condition`, the place and `why`, then aborts.  Never returns.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line, const char* why);

}  // namespace hubmill

#define HUBMILL_CHECK(condition, why)                              \
  do {                                                             \
    if (!(condition)) [[unlikely]] {                               \
      ::hubmill::CheckFailed(#condition, __FILE__, __LINE__, why); \
    }                                                              \
  } while (false)

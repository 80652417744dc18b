// A time as text.
#pragma once

#include <cstdint>
#include <string>

namespace hubmill {

/// "2026-01-01T00:00:00.000Z", as JavaScript's toISOString() writes it.  REQUIRES: unix_millis >=
/// 0.
std::string UtcMillisText(int64_t unix_millis);

}  // namespace hubmill

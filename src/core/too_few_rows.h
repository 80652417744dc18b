// The one refusal that a caller may take for no failure: a data set is too small yet, as in a
// nightly run that waits for more rows.
#pragma once

#include <cstdint>
#include <optional>

#include "core/failure.h"

namespace hubmill {

struct TooFewRows {
  int64_t rows = 0;
  int64_t needed = 0;
};

/// kDataRefused, whose message tells both numbers.
Status Refusal(const TooFewRows& too_few);

/// The numbers, where `status` is such a refusal, whatever context and redaction changed of its
/// message.
std::optional<TooFewRows> AsTooFewRows(const Status& status);

}  // namespace hubmill

// What a sampling file says of a set, held against the set.
#pragma once

#include <string>

#include "security/sets/eval_check.h"

namespace hubmill {

/// The text of `dir`/`part.sampling`; faults of it are added to `check`: it is missing, no JSON
/// object, or counts other rows than there are.  Empty where it cannot be used.
std::string CheckSampling(const EvalPart& part, const std::string& dir, EvalFileCheck* check);

}  // namespace hubmill

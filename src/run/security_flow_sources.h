// Whether the rows of E1 are what their sources give: the prompts of a whole source are made again,
// and each row must be among them.
#pragma once

#include <string>

#include "core/recipe.h"
#include "hubmill/hubmill.h"
#include "security/sets/eval_check.h"

namespace hubmill {

/// `recipe`: security-iot23 or security-ood on the source.  Rows that it does not give are a fault
/// of `check`; `verified` counts the others.  Memory: 16 bytes, with the set's own, a prompt of the
/// source.
Status CheckFlowSource(Recipe recipe, const RunOptions& run, const EvalFile& file,
                       EvalFileCheck* check, int64_t* verified);

}  // namespace hubmill

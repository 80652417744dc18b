// mark_duplicates: says which rows repeat an earlier one, or drops them, and counts by split.
#pragma once

#include "core/registry.h"

namespace hubmill {

StageEntry MarkDuplicatesStage();

}  // namespace hubmill

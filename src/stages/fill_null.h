// Stage fill_null; its page in docs/stages.md is the text of this entry.
#pragma once

#include "core/registry.h"

namespace hubmill {

StageEntry FillNullStage();

}  // namespace hubmill

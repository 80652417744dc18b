// limit: the first rows of each split.
#pragma once

#include "core/registry.h"

namespace hubmill {

StageEntry LimitStage();

}  // namespace hubmill

// unique_ids: gives rows whose id was taken another one.
#pragma once

#include "core/registry.h"

namespace hubmill {

StageEntry UniqueIdsStage();

}  // namespace hubmill

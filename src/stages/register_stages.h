// The list of all stages.
#pragma once

#include "core/registry.h"

namespace hubmill {

void RegisterStages(Registry& registry);

}  // namespace hubmill

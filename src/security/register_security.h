// The stages of this folder, for the registry.
#pragma once

#include "core/registry.h"

namespace hubmill {

void RegisterSecurityStages(Registry& registry);

}  // namespace hubmill

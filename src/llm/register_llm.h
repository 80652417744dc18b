// The stages of this folder, for the registry.
#pragma once

#include "core/registry.h"

namespace hubmill {

void RegisterLlmStages(Registry& registry);

}  // namespace hubmill

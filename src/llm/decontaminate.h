// decontaminate: drops rows that overlap evaluation sets.
#pragma once

#include "core/registry.h"

namespace hubmill {

StageEntry DecontaminateStage();

}  // namespace hubmill

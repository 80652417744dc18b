// tools_catalog: takes the tools' schemas out of the rows into one file.
#pragma once

#include "core/registry.h"

namespace hubmill {

StageEntry ToolsCatalogStage();

}  // namespace hubmill

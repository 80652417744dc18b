// soft_tags: columns that say which rows are of extreme length or repeat themselves.
#pragma once

#include "core/registry.h"

namespace hubmill {

StageEntry SoftTagsStage();

}  // namespace hubmill

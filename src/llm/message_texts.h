// message_texts: what was said in a conversation, as a column.
#pragma once

#include "core/registry.h"

namespace hubmill {

StageEntry MessageTextsStage();

}  // namespace hubmill

// Stage dedup_paragraph; its page in docs/stages.md is the text of this entry.
#pragma once

#include "core/registry.h"

namespace hubmill {

StageEntry DedupParagraphStage();

}  // namespace hubmill

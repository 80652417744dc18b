// llm_normalize: source records to rows of Harmony text with what is known of them.
#pragma once

#include "core/registry.h"

namespace hubmill {

StageEntry LlmNormalizeStage();

}  // namespace hubmill

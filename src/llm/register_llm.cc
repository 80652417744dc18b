// A new stage of this folder is an #include and a line here; nothing registers itself.
#include "llm/register_llm.h"

#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "llm/decontaminate.h"
#include "llm/message_texts.h"
#include "llm/normalize_stage.h"
#include "llm/soft_tags.h"
#include "llm/tools_catalog.h"
#include "llm/unique_ids.h"

namespace hubmill {

void RegisterLlmStages(Registry& registry) {
  for (StageEntry& entry :
       std::vector<StageEntry>{DecontaminateStage(), LlmNormalizeStage(), MessageTextsStage(),
                               SoftTagsStage(), ToolsCatalogStage(), UniqueIdsStage()}) {
    const std::string name = entry.name;
    const bool added = registry.stages.emplace(name, std::move(entry)).second;
    HUBMILL_CHECK(added, "every stage has its own name");
  }
}

}  // namespace hubmill

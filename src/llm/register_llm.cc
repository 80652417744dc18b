// A new stage of this folder is an #include and a line here; nothing registers itself.
#include "llm/register_llm.h"

#include <string>
#include <utility>
#include <vector>

#include "base/check.h"

namespace hubmill {

void RegisterLlmStages(Registry& registry) {
  for (StageEntry& entry : std::vector<StageEntry>{}) {
    const std::string name = entry.name;
    const bool added = registry.stages.emplace(name, std::move(entry)).second;
    HUBMILL_CHECK(added, "every stage has its own name");
  }
}

}  // namespace hubmill

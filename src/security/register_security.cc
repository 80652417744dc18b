// A new stage of this folder is an #include and a line here; nothing registers itself.
#include "security/register_security.h"

#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "security/flows/flow_stages.h"
#include "security/sets/canary_stage.h"

namespace hubmill {

void RegisterSecurityStages(Registry& registry) {
  for (StageEntry& entry : std::vector<StageEntry>{
           CanaryStage(), FlowPromptStage(), FlowLabelsStage(), FlowContradictionsStage(),
           FlowSampleStage(), FlowSampleCompatStage(), FlowRecordStage()}) {
    const std::string name = entry.name;
    const bool added = registry.stages.emplace(name, std::move(entry)).second;
    HUBMILL_CHECK(added, "every stage has its own name");
  }
  registry.sources["flows"] = FlowsSource();
}

}  // namespace hubmill

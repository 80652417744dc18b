// A new stage is an #include and a line here; nothing registers itself.
#include "stages/register_stages.h"

#include <utility>

#include "base/check.h"
#include "stages/balance.h"
#include "stages/cast.h"
#include "stages/clean_text.h"
#include "stages/constant.h"
#include "stages/dedup_exact.h"
#include "stages/dedup_near.h"
#include "stages/dedup_paragraph.h"
#include "stages/encode_label.h"
#include "stages/fill_null.h"
#include "stages/filter.h"
#include "stages/limit.h"
#include "stages/min_rows.h"
#include "stages/pii_guard.h"
#include "stages/rename.h"
#include "stages/sample.h"
#include "stages/select.h"
#include "stages/shuffle.h"
#include "stages/sort.h"
#include "stages/split.h"
#include "stages/stats.h"
#include "stages/validate.h"

namespace hubmill {

void RegisterStages(Registry& registry) {
  for (StageEntry& entry : std::vector<StageEntry>{
           BalanceStage(),    CastStage(),      CleanTextStage(),      ConstantStage(),
           DedupExactStage(), DedupNearStage(), DedupParagraphStage(), EncodeLabelStage(),
           FillNullStage(),   FilterStage(),    LimitStage(),          MinRowsStage(),
           PiiGuardStage(),   RenameStage(),    SampleStage(),         SelectStage(),
           ShuffleStage(),    SortStage(),      SplitStage(),          StatsStage(),
           ValidateStage(),
       }) {
    const std::string name = entry.name;
    const bool added = registry.stages.emplace(name, std::move(entry)).second;
    HUBMILL_CHECK(added, "every stage has its own name");
  }
}

}  // namespace hubmill

#include "dedup/keep_rows.h"

namespace hubmill {

Result<Applied> KeepRows::Apply(const Batch& input) const {
  Applied applied{.rows = input.rows};
  int64_t at = 0;
  for (const RowRun& run : input.origins.runs()) {
    for (int64_t i = 0; i < run.count; ++i, ++at) {
      for (const DropMarks& marks : marks_) {
        if (!marks.rows.Has({run.file, run.row + i})) continue;
        applied.drops.push_back({.row = at, .reason = marks.reason});
        break;
      }
    }
  }
  return applied;
}

}  // namespace hubmill

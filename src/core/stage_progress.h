// The row accounts of the stages while a run goes on, for people who watch it.
//
// They grow by whole morsels, together with the report (core/stage_chain.h), so that they never say
// what the report would not, and at the end say the same.  That takes one lock a morsel, which is
// thousands of rows or a MiB of them, and no more sums than the report's own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/run_report.h"

namespace hubmill {

inline constexpr size_t kStagesJsonBytesMax = 32 << 10;  // For those who read ToJson() by a pipe.

/// Thread-safe, though data sets and phases begin one after the other.
class StageProgress {
 public:
  /// A data set begins; the last thousand are known.  `stages`: all its stages in the order of its
  /// report, the source first.
  void BeginDataset(const std::string& name, const std::vector<std::string>& stages);

  /// From now on the seconds of the stages that gain rows are counted.
  void BeginPhase();

  /// Adds rows in, out and dropped to the stage at `place` of the data set that began last.
  void Add(size_t place, const StageReport& more);

  /// The same for the accounts of a phase, its source first, whose first stage is at `before` + 1.
  /// Where `before` is not 0 the source is a spill, and no stage of the data set.
  void AddPhase(size_t before, const std::vector<StageReport>& accounts);

  /// [{"name": …, "stages": [{"name": …, "rows_in": …, "rows_out": …, "dropped": {REASON: …},
  /// "seconds": …}]}], on one line: the shape of manifest.json.  "seconds": from the begin of its
  /// phase until the stage last gained a row.  Beyond `bytes_max` the data sets that began first
  /// are left out.  Empty where none began, or the last one alone is longer.
  std::string ToJson(size_t bytes_max) const;

 private:
  struct Stage {
    std::string name;
    int64_t rows_in = 0;
    int64_t rows_out = 0;
    std::map<std::string, int64_t> drops;
    double seconds = 0;
  };
  struct Dataset {
    std::string name;
    std::vector<Stage> stages;
  };
  static std::string ToJson(const Dataset& dataset);
  void AddLocked(size_t place, const StageReport& more);

  mutable std::mutex mutex_;
  std::vector<Dataset> datasets_;
  std::chrono::steady_clock::time_point phase_began_;
};

}  // namespace hubmill

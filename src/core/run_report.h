// RunReport: the facts of a run.  The library prints nothing; the command line prints this, the
// server returns it and the manifest keeps it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/failure.h"
#include "core/setting.h"
#include "core/sink.h"
#include "core/source.h"

namespace hubmill {

/// One stage's row account.  Invariant, checked at the end of a run: rows_in == rows_out + drops.
struct StageReport {
  std::string name;
  int64_t rows_in = 0;
  int64_t rows_out = 0;
  std::map<std::string, int64_t> drops;   // By reason.
  std::map<std::string, int64_t> counts;  // What the stage counted.
  int64_t violations = 0;
  std::vector<std::string> violation_samples;  // The first kViolationSamplesMax, in row order.
  int64_t cpu_ns = 0;                          // All threads; not part of the manifest.
};

inline constexpr size_t kViolationSamplesMax = 10;

struct DatasetReport {
  std::string name;
  Setting options;  // Source, stages and sink with every option written out.
  std::vector<SourceFile> inputs;
  std::vector<StageReport> stages;  // The source's bad rows are stage 0, named "source".
  std::vector<OutputFile> outputs;
  std::map<std::string, int64_t> split_rows;
  int64_t rows_read = 0;
  int64_t rows_written = 0;
  int64_t bytes_read = 0;
  bool resumed = false;  // Taken over complete from an earlier, interrupted run.

  /// Everything but `options` and `resumed`, for the journal of a run that may be resumed.
  std::string ToJournal() const;
  static Result<DatasetReport> FromJournal(const std::string& json);
};

struct RunReport {
  std::string recipe;
  std::string version;  // hubmill's.
  int64_t seed = 42;
  Setting parameters;  // Secrets are "***".
  std::vector<DatasetReport> datasets;
  std::string output_dir;
  std::vector<std::string> notes;  // For people: what they may not expect of this output.
  double wall_s = 0;
  double cpu_s = 0;

  /// All facts as one JSON object, keys in a fixed order.
  std::string ToJson() const;

  /// manifest.json: what depends on input, options and seed alone (no times, no paths of this
  /// machine beyond the inputs' names as given).
  std::string ToManifest() const;
};

}  // namespace hubmill

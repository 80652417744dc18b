// hubmill signals export: training examples -> a bundle that holds numbers and words of a schema.
//
// The bundle is an output folder like any other: it appears at once or not at all.  In it:
// dataset.jsonl, splits/NAME.jsonl, dataset_info.json, README.md and manifest.json.  Its manifest
// names no input file, for a name may be a customer's.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/executor.h"
#include "core/run_report.h"
#include "signals/bundle_sink.h"

namespace hubmill {

inline constexpr char kSignalsInput[] = "data/learning/train";

struct SignalsExportOptions {
  std::vector<std::string> inputs = {kSignalsInput};
  std::string out_dir = "runs/hf_export";
  std::string schema = "signals_v1";  // Name or file.
  SplitStrategy split = SplitStrategy::kBySourceIndustry;
  std::string source;    // Only rows of this one; empty: all.
  std::string industry;  // Likewise.
  int64_t max_rows = 50'000;
  bool quarantine = false;      // Leave refused rows out, instead of refusing the run.
  bool compat = false;          // As the original, where it is laxer.
  std::optional<bool> enforce;  // Ranges; nothing: as the schema says.
  int64_t min_cell = 0;         // Least rows of a source and industry; 0: any.
  std::string rejects_dir;      // rejects.jsonl: file, row, key and rule; empty: counted only.
  int64_t unix_millis = 0;      // generated_at
  int threads = 0;
  bool dry_run = false;  // Everything but the writing.
  std::string hub;       // As RunOptions has them.
  std::string hub_token;
};

struct SignalsExportReport {
  SignalsSchema schema;
  SignalsCounts counts;
  std::vector<SignalsCell> cells;
  std::vector<SignalsSplit> splits;
  std::vector<OutputFile> files;
  std::vector<std::string> notes;
  std::string out_dir;
  int64_t bytes_read = 0;
  double wall_s = 0;
};

/// On failure the output folder is as it was.  `progress` may be null.
Result<SignalsExportReport> RunSignalsExport(const SignalsExportOptions& options,
                                             Progress* progress);

/// README.md of a bundle: a loaded data set has each row once, the splits are configs beside it.
/// `columns`: whether the rows are known to have the schema's.
Result<std::string> RenderBundleCard(const SignalsSchema& schema, SplitStrategy strategy,
                                     const std::vector<OutputFile>& files, bool columns);

/// The text of README.md for people ends in its own checksum, so that a later push may replace it
/// as long as nobody has changed it.
std::string SignedBody(const std::string& text);
bool IsOwnBody(std::string_view body);

}  // namespace hubmill

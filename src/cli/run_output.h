// How the facts of a run are shown; shared by `run`, `convert` and `publish`.
#pragma once

#include <cstdint>
#include <string>

#include "cli/command.h"
#include "core/run_report.h"

namespace hubmill {

struct OutputArguments {
  bool json = false;
  bool quiet = false;
  bool no_progress = false;
  std::string place;  // Where the published set is seen; empty: at its URL.

  bool BarWanted() const { return !json && !quiet && !no_progress; }
};

inline constexpr int64_t kSeedMax = UINT32_MAX;          // Of --seed; as NumPy.
inline constexpr int64_t kLimitMax = 1'000'000'000'000;  // Rows, of --limit.

/// --json, --quiet, --no-progress
void AddOutputOptions(CLI::App& command, OutputArguments* arguments);

/// Facts to stdout (text, or one JSON object), the one-line summary to stderr.
void PrintReport(const RunReport& report, const OutputArguments& arguments, bool dry_run);
void PrintPublish(const PublishReport& report, const OutputArguments& arguments);

}  // namespace hubmill

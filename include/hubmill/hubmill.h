// hubmill: prepares machine-learning data sets.  Start here.
//
// RunRecipe() is the only place that joins recipe, executor and output; the command line is one of
// its callers.  The library prints nothing and exits nowhere.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/executor.h"
#include "core/recipe.h"
#include "core/run_report.h"

namespace hubmill {

/// For example "0.1.0".
const char* Version();

struct RunOptions {
  std::string output_dir;         // Path or Arrow URI.  Empty: out/<recipe>.
  bool dry_run = false;           // Check everything and bind the schemas; write nothing.
  int threads = 0;                // 0 means one a core.
  int64_t batch_rows_max = 8192;  // Rows a batch; no result depends on it.
  int64_t rows_max = -1;          // --limit
  int64_t seed = 42;              // For stages that do not say their own.
  std::string rejects_dir;        // Empty: dropped rows are counted only.
  bool fresh = false;             // Forget what an interrupted run left, instead of resuming.
  std::string hub;                // URL, for hub:// inputs.  Empty: HF_ENDPOINT, or the public Hub.
  std::string hub_token;          // Empty: the one that the official client would use.
  // Called with the staged output before it becomes visible: may replace README.md and write
  // further files, which it returns.  Null: nothing is added.
  std::function<Result<std::vector<std::string>>(const std::string& folder, const RunReport&)>
      finish;
};

/// All sources, stages and sinks that this build has.  Thread-safe; made on first use.
const Registry& AllBlocks();

/// Runs every data set of the recipe and makes all outputs visible at once.  On failure the output
/// folder is as it was; what is complete is kept beside it for the next run.
/// `progress` may be null.
Result<RunReport> RunRecipe(const Recipe& recipe, const RunOptions& options, Progress* progress);

/// The recipes built into this binary: name and YAML text.
const std::vector<std::pair<std::string, std::string>>& BuiltinRecipes();

}  // namespace hubmill

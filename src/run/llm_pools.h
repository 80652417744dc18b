// hubmill llm pools: normalized rows -> one folder of Parquet files a pool, in one pass.
//
// The output is an ordinary output folder (docs/formats/output-folder.md): it appears at once or
// not at all, one data set and one config of the card a pool that has rows, so `hubmill publish`
// takes it.  Beside them lies pools_manifest.json: thresholds, counts and overlaps of all pools.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/executor.h"
#include "core/run_report.h"
#include "llm/pool_sink.h"
#include "run/pool_drops.h"

namespace hubmill {

struct PoolsOptions {
  std::string in_dir;                // Folder, file, glob or URI; every *.parquet below it.
  std::vector<std::string> in_dirs;  // Further ones, read after it, in this order.
  std::string out_dir;               // Not in in_dir, nor around it.
  std::string rules_file;            // YAML (llm/pool_rules.h); empty: those that are shipped.
  PoolThresholds thresholds;
  PoolDropOptions drops;    // Before the pools.
  std::string rejects_dir;  // Keeps what `drops` drops; empty: it is counted only.
  bool compat = false;  // As the source program: its pools, file names, columns and manifest keys.
  PoolSinkOptions sink;
  int threads = 0;       // 0: one a core.
  bool dry_run = false;  // Count only; reads no column but those of the conditions.
  std::string hub;       // As RunOptions has them.
  std::string hub_token;
};

struct PoolFacts {
  std::string name;
  std::string where;
  int64_t rows = 0;
  int64_t shards = 0;
};

struct PoolsReport {
  RunReport run;                 // A data set for each pool that has rows.
  std::vector<PoolFacts> pools;  // Those whose columns are there, in the order of the rules.
  int64_t rows_in = 0;
  std::map<std::string, int64_t> drops;  // By reason: those that no pool was asked about.
  int64_t rows_base = 0;                 // Those that fulfil the base.
};

/// On failure the output folder is as it was.  `progress` may be null.
Result<PoolsReport> RunPools(const PoolsOptions& options, Progress* progress);

}  // namespace hubmill

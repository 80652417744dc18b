// hubmill llm run: all data sets in one command, from raw records to candidate pools.
//
//   OUT/normalized/OWNER__NAME/   one output folder a data set (run/llm_normalize.h)
//   OUT/pools/                    one output folder, of all of them (run/llm_pools.h)
//   OUT/state.json                what was made from what; by it the next run passes over what is
//                                 as it was
//
// Each folder appears whole or not at all, so a run that was killed goes on where it was.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "run/llm_normalize.h"
#include "run/llm_pools.h"

namespace hubmill {

/// A data set that is to be read.
struct LlmSet {
  std::string dataset;  // Its id.
  std::string input;    // Local folder; empty: the Hub.
  std::string adapter;  // Empty: the one meant for the id.
};

/// The five data sets of the source document, read from the Hub.
std::vector<LlmSet> DocumentSets();

/// The data sets below `folder`: a folder with `data/`, or with data files of its own, is one; its
/// path below `folder` is its id, `adapter.yaml` in it its adapter.  `wanted`: these only, in this
/// order; one that is not there is kWrongUsage.
Result<std::vector<LlmSet>> FindLlmSets(const std::string& folder,
                                        const std::vector<std::string>& wanted);

struct LlmRunOptions {
  std::vector<LlmSet> sets;
  std::string out_dir = "out/llm";
  std::string rejects_dir;     // A folder a data set in it; empty: dropped rows are counted only.
  bool keep = false;           // Without the four hard drops.
  bool keep_cache = false;     // Else what was read of the Hub is forgotten after each data set.
  NormalizeOptions normalize;  // Of all sets; dataset, input, adapter, out_dir are this run's.
  PoolsOptions pools;          // in_dir and out_dir are this run's.
};

/// read == written + all of `drops`.
struct LlmSetReport {
  std::string dataset;
  std::string folder;  // OUT/normalized/OWNER__NAME
  int64_t read = 0;    // Records, up to max_records of each split.
  int64_t written = 0;
  std::map<std::string, int64_t> drops;  // By reason.
  double seconds = 0;
  bool unchanged = false;  // Made by an earlier run from the same files and options.
};

struct LlmRunReport {
  std::vector<LlmSetReport> sets;
  PoolsReport pools;  // Empty where `pools_unchanged`.
  bool pools_unchanged = false;
  int64_t repeats = 0;    // Written rows with the text of a row of an earlier set: in no pool.
  std::string pools_dir;  // What is published.
};

/// Stops at the first data set that fails; what is complete stays for the next run.  `progress` may
/// be null.
Result<LlmRunReport> RunLlm(const LlmRunOptions& options, Progress* progress);

}  // namespace hubmill

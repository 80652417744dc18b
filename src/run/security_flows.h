// `hubmill security build-iot23` and `build-ood`: recipes run, what came out counted, and data and
// sampling files put in their folder.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "hubmill/hubmill.h"

namespace hubmill {

/// One source set.
struct FlowInput {
  std::string source;  // iot23, cic-ids-2017 or unsw-nb15.
  std::string path;    // As recipes have it: local, or hub://….
  std::string hf_id;   // Of the Hub; in compat mode also where `path` is local.
  bool local = false;
};

struct SecurityFlowsOptions {
  std::vector<FlowInput>
      inputs;         // iot23 alone, or any of the others; in compat mode both, cic first.
  int64_t rows = 0;   // Of each set.
  bool test = false;  // Names end in -test; the files carry a warning.
  bool compat = false;
  bool allow_fewer = false;
  bool drop_unknown = false;
  bool reject_bad_rows = false;
  int64_t seed = 42;
  int threads = 0;
  bool dry_run = false;  // Check inputs and columns; read no rows, write nothing.
  std::string out_dir;
  std::string hub;
  std::string hub_token;
  /// A built-in recipe with these parameters ("name=value").
  std::function<Result<Recipe>(const std::string& name, const std::vector<std::string>& set)> load;
};

struct FlowSetReport {
  std::string source;
  std::string file;  // Path of the data file.
  std::string sha256;
  int64_t rows = 0;
  int64_t rows_read = 0;
  int64_t bytes_read = 0;
  std::vector<std::pair<std::string, int64_t>> splits;
  std::vector<std::pair<std::string, int64_t>> labels;
  std::vector<std::pair<std::string, int64_t>> families;
  std::vector<std::pair<std::string, int64_t>> rejects;  // "STAGE.REASON".
  std::string revision;                                  // Of the Hub; empty of a local input.
};

struct SecurityFlowsReport {
  std::vector<FlowSetReport> sets;
  std::string sampling_file;
  std::vector<std::string> notes;
  double wall_s = 0;
};

/// Everything is made and checked before the first file takes its name, and the sampling file takes
/// its name last.  `progress` may be null.
Result<SecurityFlowsReport> RunSecurityFlows(const SecurityFlowsOptions& options,
                                             Progress* progress);

}  // namespace hubmill

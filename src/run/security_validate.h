// hubmill security validate deep: one or all files of a set, and what only shows across them.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/recipe.h"
#include "hubmill/hubmill.h"
#include "security/sets/eval_check.h"

namespace hubmill {

struct DeepOptions {
  EvalSet set = EvalSet::kE1;
  std::string data_dir;
  std::string suffix = "v1";
  std::string datasets = "all";  // iot23, ood, k8s, terraform or all.
  double near_max = 100;         // Percent of rows that may be near one of another split.
  std::string k8s_root;          // E2: where the files came from; empty: not compared.
  std::string tf_root;
  std::string versions_file;  // E2: pins of the tools; empty: our own.
  /// E1: where the flows came from, by source (iot23, cic-ids-2017, unsw-nb15); not compared where
  /// it is not named.
  std::map<std::string, std::string> flow_sources;
  RunOptions run;  // Of reading them: threads and Hub.
  /// A built-in recipe with these parameters ("name=value").
  std::function<Result<Recipe>(const std::string& name, const std::vector<std::string>& set)> load;
};

struct DeepReport {
  EvalCheck check;
  std::map<std::string, std::string> sampling;  // By file: its JSON text.
  int64_t sources_verified = 0;                 // Rows that are what their source gives.
  std::vector<std::string> problems;            // Of rows, as ReadEvalFile() tells them.

  /// One JSON object.
  std::string ToJson(EvalSet set) const;
};

/// kDataRefused is not used: the report says what is wrong.  A file that is not there is wrong.
Result<DeepReport> ValidateDeep(const DeepOptions& options);

}  // namespace hubmill

// Which splits of a data set are meant, and which of two data sets belong together.
#pragma once

#include <string>
#include <vector>

#include "core/failure.h"
#include "view/data_set.h"

namespace hubmill {

/// The split that is named; all of the config where none is.  Errors as DataSet::Find(); empty
/// where a data set holds nothing.  Live as long as `set`.
struct ChosenSplits {
  std::string config;
  std::vector<const DataSplit*> splits;
};
Result<ChosenSplits> ChooseSplits(const DataSet& set, const std::string& config,
                                  const std::string& split);

struct SplitPair {
  const DataSplit* before = nullptr;
  const DataSplit* now = nullptr;
};

/// Splits of one name; where each side has one split alone, these two.
struct PairedSplits {
  std::string config_before;
  std::string config_now;
  std::vector<SplitPair> pairs;
  std::vector<std::string> only_before;
  std::vector<std::string> only_now;
};

/// kWrongUsage where no two splits have one name.
Result<PairedSplits> PairSplits(const DataSet& before, const DataSet& now,
                                const std::string& config, const std::string& split);

}  // namespace hubmill

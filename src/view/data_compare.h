// Statistics, drift and difference of whole data sets, as `hubmill stats`, `hubmill diff` and the
// pages show them: their JSON is what /api/v1/data/stats and /api/v1/data/diff end with.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/failure.h"
#include "view/column_statistics.h"
#include "view/data_set.h"
#include "view/drift.h"
#include "view/set_diff.h"

namespace hubmill {

/// Its ToJson() is the Hub's `/statistics`.  Class names are those of the files' metadata
/// ("huggingface").  Errors: those of ComputeStatistics().
Result<SplitStatistics> ComputeTableStatistics(RowTable& table,
                                               const std::vector<std::string>& columns,
                                               const ScanOptions& scan);
/// The same of one split.  Errors: those of RowTable::Open() too.
Result<SplitStatistics> ComputeSplitStatistics(const DataSplit& split,
                                               const std::vector<std::string>& columns,
                                               const ScanOptions& scan);

struct DataChoice {
  std::string config;                // Empty: the default one.
  std::string split;                 // Empty: all.
  std::vector<std::string> columns;  // Empty: all.  Of statistics and drift.
};

struct NamedStatistics {
  std::string config;
  std::string split;
  SplitStatistics statistics;
};
Result<std::vector<NamedStatistics>> ComputeDataStatistics(const DataSet& set,
                                                           const DataChoice& choice,
                                                           const ScanOptions& scan);

/// One split: the shape of `/statistics`; several: {"splits": [{"config", "split", that shape}]}.
nlohmann::ordered_json ToJson(const std::vector<NamedStatistics>& statistics);

struct NamedDrift {
  std::string split;
  std::string split_before;
  Drift drift;
};

struct DataDrift {
  std::vector<NamedDrift> splits;
  std::vector<std::string> splits_added;
  std::vector<std::string> splits_removed;

  double distance_max() const;
  /// {"distance_max", "splits": [{"split", "rows_before", …}], "splits_added", "splits_removed"}
  nlohmann::ordered_json ToJson() const;
};

/// How far `now` is from `reference`.  Splits are paired as PairSplits() does.
Result<DataDrift> ComputeDataDrift(const DataSet& reference, const DataSet& now,
                                   const DataChoice& choice, const ScanOptions& scan);

struct NamedDiff {
  std::string split;
  std::string split_before;
  SetDiff diff;
};

struct DataDiff {
  std::string before;  // Name, and @REVISION of a repository.
  std::string now;
  std::string config;  // Of `now`.
  std::vector<NamedDiff> splits;
  std::vector<std::string> splits_added;
  std::vector<std::string> splits_removed;

  bool Differs() const;
  /// {"before", "now", "config", "differs", "splits": [{"split", "rows_before", …}],
  /// "splits_added", "splits_removed"}
  nlohmann::ordered_json ToJson() const;
};

/// What changed from `before` to `now`.  `choice.columns` is not read.
Result<DataDiff> ComputeDataDiff(const DataSet& before, const DataSet& now,
                                 const DataChoice& choice, const SetDiffOptions& options);

}  // namespace hubmill

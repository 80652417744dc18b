// A table of `hubmill dedup --clusters` read back: which clusters there are, and their rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "view/row_table.h"

namespace hubmill {

struct ClusterFacts {
  std::string cluster;  // The id of its first row.
  int64_t size = 0;     // Rows.
};

struct ClusterPage {
  std::vector<ClusterFacts> clusters;  // Largest first; of equal ones as they come.
  int64_t total = 0;
};

struct ClusterRow {
  std::string id;  // FILE:ROW, rows counted from 1; of JSON lines the line.
  bool kept = false;
  std::string representative;
  double estimated = -1;  // -1: not known.
  double exact = -1;
  bool other = false;       // Of --against.
  int64_t file_bytes = -1;  // Of the file of `id`; -1: not known.
};

struct ClusterMembers {
  std::vector<ClusterRow> rows;  // The first `rows_max`.
  int64_t total = 0;
};

inline constexpr int64_t kClustersListedMax = 10'000;

/// REQUIRES: 0 <= offset, 0 < length, offset + length <= kClustersListedMax.  Memory: that many
/// clusters.  A table of other columns is kDataRefused.
Result<ClusterPage> RankClusters(RowTable& table, int64_t offset, int64_t length);

Result<ClusterMembers> ReadCluster(RowTable& table, const std::string& cluster, int64_t rows_max);

/// FILE and ROW of an id; row 0 where it is none.
struct ClusterPlace {
  std::string file;
  int64_t row = 0;
};
ClusterPlace PlaceOfId(const std::string& id);

}  // namespace hubmill

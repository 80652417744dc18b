// NearClusters: which rows belong together because they share a band key, however long the chain.
//
// Memory: 8 bytes a row and band, 4 for the union-find, and while clustering a table of 16 to 32
// bytes a row.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hubmill {

/// Not thread-safe.
class NearClusters {
 public:
  /// REQUIRES: bands >= 1.
  explicit NearClusters(int bands) : keys_(size_t(bands)) {}

  /// The next row: its keys, one a band.
  void Add(std::span<const uint64_t> keys);

  int64_t size() const { return int64_t(keys_.front().size()); }

  /// For each row the first row of its cluster (itself where it is alone).  Called once; the keys
  /// are released band by band.  REQUIRES: fewer than 2^32 - 1 rows.
  std::vector<uint32_t> Cluster();

 private:
  std::vector<std::vector<uint64_t>> keys_;  // By band, then row.
};

}  // namespace hubmill

// NearClusters: which rows belong together because they share a band key, however long the chain.
//
// Memory: 8 bytes a row and band up to `memory_bytes_max`, beyond which keys go to files; 4 bytes a
// row for the union-find; and while clustering a table of 1 MiB or 1 to 2 bytes a row for each
// thread, up to max(16 MiB, 16 bytes a row) in all, as with keys in files.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/failure.h"

namespace hubmill {

struct NearClustersOptions {
  int bands = 14;
  int64_t memory_bytes_max = INT64_MAX;  // Of keys; more of them are written to files.
  std::string spill_dir;                 // An existing folder; needed where there is a bound.
};

/// Not thread-safe.
class NearClusters {
 public:
  /// REQUIRES: bands >= 1.
  explicit NearClusters(NearClustersOptions options);
  ~NearClusters();
  NearClusters(NearClusters&&) noexcept;

  /// The next row: its keys, one a band.  Fails where keys cannot be written.
  Status Add(std::span<const uint64_t> keys);

  int64_t size() const { return rows_; }
  int64_t spilled_bytes() const { return spilled_bytes_; }

  /// For each row the first row of its cluster (itself where it is alone), the same by any number
  /// of threads.  Called once; keys are released band by band.  REQUIRES: fewer than 2^32 - 1 rows.
  Result<std::vector<uint32_t>> Cluster(int threads = 1);

 private:
  class Band;
  Status Spill();

  NearClustersOptions options_;
  std::vector<Band> bands_;
  int64_t rows_ = 0;
  int64_t spilled_bytes_ = 0;
};

}  // namespace hubmill

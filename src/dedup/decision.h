// Which row of a cluster stays, and for which row another one goes.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "dedup/dedup_index.h"
#include "dedup/sketches.h"

namespace hubmill {

struct Likeness {
  float estimated = 1;  // Of the row and its representative; EstimatedJaccard().
  float exact = 1;      // ExactJaccard(); -1 where it was not computed.
};

/// For each row of DedupIndex::places().
struct DedupDecision {
  std::vector<uint32_t> roots;           // The first row of its cluster.
  std::vector<uint32_t> representative;  // The row that stays for it; itself where it stays.
  std::unordered_map<uint32_t, Likeness> likeness;  // Of rows in clusters, where it was asked for.
  int64_t clusters = 0;                             // Of more than one row, not all foreign.
  int64_t largest = 0;                              // Rows of the largest one.
  std::array<int64_t, 4> by_size = {};              // Clusters of 2, 3 to 9, 10 to 99, more rows.
  int64_t kept_by_check = 0;  // Rows that share a band with another and are not alike.
  int64_t not_compared = 0;   // Rows kept because their cluster holds too many different ones.
};

/// A row of a cluster is compared with so many that stay, the best ranked ones, and kept where none
/// of them is like it: rows made to share one band cannot cost more than this each.
inline constexpr size_t kComparedMax = 512;

struct LikenessOptions {
  bool verify = false;     // Only what is at least `threshold` like its representative goes.
  double threshold = 0.7;  // Exact Jaccard index.
  int64_t memory_bytes_max = int64_t{1} << 30;  // Of sketches: more rows take more passes.
};

/// Rows of each cluster, by its root; 0 where all of them are foreign, for nothing is written of
/// it.
std::vector<uint32_t> OwnClusterSizes(const DedupIndex& index, const std::vector<uint32_t>& roots);

/// Of each cluster the best ranked row stays.
DedupDecision DecideClusters(const DedupIndex& index, std::vector<uint32_t> roots);

/// The same with likenesses, and checked where asked for.  `pass` runs `sketches` over all inputs.
/// REQUIRES: near, and an index with `lengths` where it is to be verified.
Status CompareClusters(const DedupIndex& index, const LikenessOptions& options,
                       SketchPass* sketches, const std::function<Status()>& pass,
                       DedupDecision* decision);

}  // namespace hubmill

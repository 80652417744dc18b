// Sketches of the rows that stand in clusters, taken in one more pass over the inputs: what the
// resemblance of two rows is estimated by (their minima), and, to verify it, computed from (the set
// of their shingles).
//
// Rows with the same set of shingles share one sketch, so a million copies of a row cost a million
// pointers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/stage.h"
#include "dedup/dedup_index.h"

namespace hubmill {

struct Sketch {
  std::vector<uint32_t> minima;
  std::vector<uint32_t> shingles;  // Ascending, each once; empty where they were not wanted.
  int64_t memory_bytes() const { return int64_t((minima.size() + shingles.size()) * 4); }
};

/// The share of equal minima, an estimate of the Jaccard index with a standard error of at most
/// 1 / (2 √minima).
double EstimatedJaccard(const Sketch& a, const Sketch& b);

/// |a ∩ b| / |a ∪ b| of the sets of shingles (of their 32-bit hashes: two shingles of a pair of
/// texts with 1,000 of them have one hash with a probability of 0.0001).
double ExactJaccard(const Sketch& a, const Sketch& b);

class SketchPass final : public Decider {
 public:
  /// `index` must outlive this.  `wanted`: one bit a row of its places.
  SketchPass(const DedupIndex& index, bool shingles) : index_(index), shingles_(shingles) {}

  /// The rows to be sketched in the next pass; sketches of the one before are forgotten.
  void BeginPass(std::vector<bool> wanted);
  void BeginSource(int32_t file_base) { file_base_ = file_base; }

  Result<std::shared_ptr<arrow::Schema>> Bind(const std::shared_ptr<arrow::Schema>& input) override;
  Result<std::unique_ptr<Prepared>> Prepare(const Batch& input) const override;
  Result<Applied> Decide(const Batch& input, const Prepared& prepared) override;

  /// The sketch of row `index`.  REQUIRES: it was wanted, and the inputs are as they were.
  Result<std::shared_ptr<const Sketch>> At(uint32_t index) const;

 private:
  const DedupIndex& index_;
  const bool shingles_;
  int text_column_ = -1;
  int32_t file_base_ = 0;
  std::vector<bool> wanted_;
  std::unordered_map<uint32_t, std::shared_ptr<const Sketch>> sketches_;
  std::unordered_map<uint64_t, std::weak_ptr<const Sketch>> shared_;  // By hash of the shingles.
};

}  // namespace hubmill

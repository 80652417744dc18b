// MinHash: the resemblance of texts by the smallest hashes of their shingles.
//
// A shingle is `ngram` words in a row; the resemblance of two texts is the Jaccard index of their
// sets of shingles.  Under a random hash the smallest value over each set is equal with just that
// probability (Broder 1997, "On the resemblance and containment of documents").  bands × rows such
// minima are taken, and each band of `rows` is hashed to one key: two texts of resemblance s share
// at least one key with probability 1 - (1 - s^rows)^bands.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "text/words.h"

namespace hubmill {

struct MinHashShape {
  int ngram = 5;  // Words in a shingle, 1 to 64.
  int bands = 14;
  int rows = 8;  // Minima in a band; bands × rows at most kMinimaMax.
};

inline constexpr int kMinimaMax = 1024;

/// Working memory of one thread, reused from text to text.
struct MinHashScratch {
  std::vector<uint32_t> words;
  std::vector<uint32_t> shingles;
  std::vector<uint32_t> minima;
};

/// Immutable after construction; thread-safe with a scratch for each thread.
class MinHash {
 public:
  /// REQUIRES: a shape within its bounds, a level that the machine has.  All levels give the same
  /// keys.
  explicit MinHash(MinHashShape shape, SimdLevel level = BestSimdLevel());

  /// Appends one key for each band; a text of fewer words than a shingle is one shingle.  False,
  /// and nothing is appended, where the text holds no word.
  bool AppendBandKeys(std::string_view text, MinHashScratch* scratch,
                      std::vector<uint64_t>* keys) const;

  /// The minima themselves, bands × rows, and the shingles in `scratch`; false as above.
  bool Minima(std::string_view text, MinHashScratch* scratch, std::vector<uint32_t>* minima) const;

  /// Hashes of the shingles, in order, with repetitions; empty where the text holds no word.
  void Shingles(std::string_view text, MinHashScratch* scratch) const;

  const MinHashShape& shape() const { return shape_; }

 private:
  bool TakeMinima(std::string_view text, MinHashScratch* scratch) const;

  MinHashShape shape_;
  SimdLevel level_;
  std::vector<uint64_t> word_multipliers_;  // What the words of a shingle are multiplied by.
  std::vector<uint32_t> multipliers_;       // One a minimum, odd; padded to whole vectors.
  std::vector<uint32_t> increments_;
};

}  // namespace hubmill

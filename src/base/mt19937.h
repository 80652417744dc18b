// The generator behind every seeded choice: MT19937, drawn from exactly as NumPy's legacy
// RandomState does, so that samples and splits equal those of pandas and scikit-learn with the
// same seed.  The 32-bit stream is that of std::mt19937; what differs between libraries, and what
// this class fixes, is how a bounded number is made of it (masked rejection, not a remainder).
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <utility>
#include <vector>

namespace hubmill {

/// Not thread-safe.
class Mt19937 {
 public:
  explicit Mt19937(uint32_t seed) : engine_(seed) {}

  uint32_t Next32() { return static_cast<uint32_t>(engine_()); }

  /// Uniform in [0, max].  Draws until the masked value fits; max = 0 draws nothing.
  uint64_t Bounded(uint64_t max);

  /// Fisher-Yates from the last place down, as RandomState.shuffle.
  template <typename T>
  void Shuffle(std::span<T> values) {
    for (size_t i = values.size(); i-- > 1;) std::swap(values[i], values[Bounded(i)]);
  }

  /// 0 ... n - 1 shuffled.  REQUIRES: n >= 0.
  std::vector<int64_t> Permutation(int64_t n);

 private:
  std::mt19937 engine_;
};

/// `count` of the rows 0 ... population - 1, in the order in which pandas' DataFrame.sample(n,
/// random_state=seed) gives them; all of them where count > population.
std::vector<int64_t> SampleRows(int64_t population, int64_t count, uint32_t seed);

}  // namespace hubmill

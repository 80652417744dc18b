// NumPy's default generator, `numpy.random.default_rng(seed)`: PCG64 (XSL-RR) seeded through
// SeedSequence, and the draws that the `datasets` library makes of it.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace hubmill {

/// Not thread-safe.
class Pcg64 {
 public:
  explicit Pcg64(uint32_t seed);

  uint64_t Next64();
  /// Half of a 64-bit draw: the low half first, the high one by the next call.
  uint32_t Next32();

  /// Uniform in [0, max], as Generator.shuffle draws places: masked, again and again until it
  /// fits.
  uint32_t Bounded(uint32_t max);

  /// Generator.shuffle.  REQUIRES: fewer than 2^32 values.
  template <typename T>
  void Shuffle(std::span<T> values) {
    for (size_t i = values.size(); i-- > 1;) std::swap(values[i], values[Bounded(uint32_t(i))]);
  }

  /// Generator.permutation(n).  REQUIRES: 0 <= n < 2^32.
  std::vector<int64_t> Permutation(int64_t n);

 private:
  // 128 bits as two halves: standard C++ has no wider integer.
  struct Wide {
    uint64_t high = 0;
    uint64_t low = 0;
  };
  static Wide Add(Wide a, Wide b);
  static Wide Multiply(Wide a, Wide b);
  void Step();

  Wide state_;
  Wide increment_;
  bool has_half_ = false;
  uint32_t half_ = 0;
};

}  // namespace hubmill

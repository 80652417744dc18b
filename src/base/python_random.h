// CPython's `random` module with an integer seed: MT19937 seeded by init_by_array, and shuffle(),
// which draws a place by so many bits as the bound has, again and again until it fits.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <utility>

namespace hubmill {

/// Not thread-safe.
class PythonRandom {
 public:
  explicit PythonRandom(uint32_t seed);

  /// random.getrandbits(bits).  REQUIRES: 1 <= bits <= 32.
  uint32_t Bits(int bits);

  /// Uniform in [0, count), as random._randbelow.  REQUIRES: count > 0.
  uint32_t Below(uint32_t count);

  /// random.shuffle.  REQUIRES: fewer than 2^32 values.
  template <typename T>
  void Shuffle(std::span<T> values) {
    for (size_t i = values.size(); i-- > 1;) std::swap(values[i], values[Below(uint32_t(i + 1))]);
  }

  /// How many 32-bit words were drawn, and how to go on behind so many.
  int64_t words() const { return words_; }
  void Skip(int64_t words);

 private:
  std::mt19937 engine_;
  int64_t words_ = 0;
};

}  // namespace hubmill

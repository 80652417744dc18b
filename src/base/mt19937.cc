#include "base/mt19937.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "base/check.h"

namespace hubmill {

uint64_t Mt19937::Bounded(uint64_t max) {
  if (max == 0) return 0;
  const uint64_t mask = ~uint64_t{0} >> std::countl_zero(max);
  uint64_t value;
  if (max <= 0xFFFFFFFFu) {
    do {
      value = Next32() & mask;
    } while (value > max);
  } else {
    do {
      const uint64_t high = Next32();
      value = (high << 32 | Next32()) & mask;
    } while (value > max);
  }
  return value;
}

std::vector<int64_t> Mt19937::Permutation(int64_t n) {
  HUBMILL_CHECK(n >= 0, "a permutation of a negative number of rows");
  std::vector<int64_t> rows(static_cast<size_t>(n));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  Shuffle(std::span<int64_t>(rows));
  return rows;
}

std::vector<int64_t> SampleRows(int64_t population, int64_t count, uint32_t seed) {
  std::vector<int64_t> rows = Mt19937(seed).Permutation(population);
  rows.resize(static_cast<size_t>(std::clamp<int64_t>(count, 0, population)));
  return rows;
}

}  // namespace hubmill

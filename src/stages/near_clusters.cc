// A band at a time: an open-addressed table maps a key to the first row that had it, and every
// later row with that key is united with it.  A million rows under one key cost one look each.
#include "stages/near_clusters.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "base/check.h"

namespace hubmill {
namespace {

constexpr uint32_t kNone = UINT32_MAX;

/// The root of a row's tree is its smallest row; paths are halved on the way.
uint32_t Root(std::vector<uint32_t>& parents, uint32_t row) {
  while (parents[row] != row) row = parents[row] = parents[parents[row]];
  return row;
}

void Unite(std::vector<uint32_t>& parents, uint32_t a, uint32_t b) {
  a = Root(parents, a);
  b = Root(parents, b);
  if (a != b) parents[std::max(a, b)] = std::min(a, b);
}

}  // namespace

void NearClusters::Add(std::span<const uint64_t> keys) {
  HUBMILL_CHECK(keys.size() == keys_.size(), "one key a band");
  for (size_t band = 0; band < keys.size(); ++band) keys_[band].push_back(keys[band]);
}

std::vector<uint32_t> NearClusters::Cluster() {
  const size_t rows = keys_.front().size();
  HUBMILL_CHECK(rows < kNone, "rows are numbered by 32 bits");
  std::vector<uint32_t> parents(rows);
  std::iota(parents.begin(), parents.end(), 0U);
  const size_t places = std::bit_ceil(std::max<size_t>(2 * rows, 2));
  struct Place {
    uint64_t key;
    uint32_t row;
  };
  std::vector<Place> table;
  for (std::vector<uint64_t>& keys : keys_) {
    table.assign(places, {0, kNone});
    for (uint32_t row = 0; row < rows; ++row) {
      size_t at = keys[row] & (places - 1);
      while (table[at].row != kNone && table[at].key != keys[row]) at = (at + 1) & (places - 1);
      if (table[at].row == kNone) {
        table[at] = {keys[row], row};
      } else {
        Unite(parents, table[at].row, row);
      }
    }
    std::vector<uint64_t>().swap(keys);
  }
  for (uint32_t row = 0; row < rows; ++row) parents[row] = Root(parents, row);
  return parents;
}

}  // namespace hubmill

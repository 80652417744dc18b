// For each run of words of other data, by its hash, the first row that has it.
//
// 12 bytes an entry in a table that doubles when it is 70 % full, and one bit for a part of each
// hash: rows that share nothing, nearly all, end at the bits, which fit into the cache.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace hubmill {

class NgramTable {
 public:
  NgramTable();

  /// Where `hash` is there already its row stays as it is.
  void Insert(uint64_t hash, uint32_t row);

  /// After the last Insert(), before the first Find().
  void Finish();

  /// Thread-safe.
  std::optional<uint32_t> Find(uint64_t hash) const;

  int64_t size() const { return int64_t(used_); }

 private:
  size_t PlaceOf(uint64_t hash) const;

  uint64_t multiplier_;           // Odd, drawn for each table: nobody can write keys of one home.
  std::vector<uint64_t> hashes_;  // A power of two; 0 is empty.
  std::vector<uint32_t> rows_;
  size_t used_ = 0;
  std::vector<uint64_t> filter_;
  int filter_shift_ = 63;
};

}  // namespace hubmill

// KeySet: a set of 128-bit keys in at most 24 bytes a key, for exact deduplication of many rows.
//
// An ordinary table that doubles needs between 20 and 40 bytes a key, and three times its size
// while it moves.  This one is 256 tables by the top byte of the key, each grown by a quarter when
// 85 % full, so that the moving part is small.  Within a table the keys are in ascending order with
// gaps: a key's home is its value scaled to the table's size, so a search stops at the first
// greater key, a full table is still quick to search, and growing is one pass from front to back.
//
// Keys are hashes that anybody can compute, so rows could be written whose keys all share one home:
// each insertion would then take as long as the set is large, and a run at a table's end would make
// it grow for ever.  So a key is twice multiplied by an odd number that is drawn for each set, its
// halves mixed in between: a bijection (the set is the same set), after which nobody knows which
// keys are neighbours.  It moves keys and changes no answer; results stay the same from run to run.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "stages/row_key.h"

namespace hubmill {

class KeySet {
 public:
  KeySet();

  /// Adds `key`; false where it was there already.
  bool Insert(RowKey key);

  bool Contains(RowKey key) const;

  /// Brings the key's place into the cache; worth it a few keys ahead of Insert().
  void Prefetch(RowKey key) const;

  int64_t size() const { return size_; }
  int64_t memory_bytes() const;

 private:
  struct Table {
    std::vector<RowKey> slots;  // {0, 0} is empty.
    size_t homes = 0;           // Slots that can be a home; a few more follow, for the overflow.
    size_t used = 0;
  };
  RowKey Scattered(RowKey key) const;
  static size_t Home(const Table& table, RowKey key);
  static size_t Find(const Table& table, RowKey key);
  static void Place(Table* table, RowKey key, size_t at);
  static void Grow(Table* table);

  unsigned __int128 multiplier_;  // Odd.
  std::array<Table, 256> tables_;
  int64_t size_ = 0;
};

}  // namespace hubmill

// KeyCounts: a number for each 128-bit key, at most 32 bytes a key.
//
// Like KeySet (key_set.h) 256 tables by a hash of the key, each grown by a quarter when it is 80 %
// full, so that the moving part is small; unlike there a key is found by looking on from its home,
// since numbers change more often than keys come.  The home is a hash under a seed that is drawn
// for each object: nobody can write keys that share one, and no answer depends on it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "stages/row_key.h"

namespace hubmill {

class KeyCounts {
 public:
  KeyCounts();

  /// The number of `key`, 0 at first; valid until the next call.
  uint32_t& At(RowKey key);

  /// The number of `key`, 0 where it never came.  Thread-safe while nothing changes.
  uint32_t Count(RowKey key) const;

  /// Brings the key's place into the cache; worth it a few keys ahead.
  void Prefetch(RowKey key) const;

  int64_t size() const { return size_; }
  int64_t memory_bytes() const;

 private:
  struct Table {
    std::vector<RowKey> keys;      // {0, 0} is empty.
    std::vector<uint32_t> counts;  // Of each place.
    size_t used = 0;
  };
  uint64_t HashOf(RowKey key) const;
  static size_t Find(const Table& table, RowKey key, uint64_t hash);
  void Grow(Table* table) const;

  uint64_t seed_;
  std::array<Table, 256> tables_;
  uint32_t count_of_zero_ = 0;  // Of the key {0, 0}.
  int64_t size_ = 0;
};

}  // namespace hubmill

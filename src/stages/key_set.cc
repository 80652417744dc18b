#include "stages/key_set.h"

#include <random>

namespace hubmill {
namespace {

constexpr size_t kHomesFirst = 16;
constexpr size_t kOverflowSlots = 16;  // A table whose overflow is full grows early.

bool IsEmpty(const RowKey& key) { return key.high == 0 && key.low == 0; }

}  // namespace

KeySet::KeySet() {
  std::random_device device;
  multiplier_ = 1;
  for (int i = 0; i < 4; ++i) multiplier_ = multiplier_ << 32 | device();
  multiplier_ |= 1;
}

/// The key as stored: {0, 0} marks an empty slot, so that one key takes its neighbour's place.
RowKey KeySet::Scattered(RowKey key) const {
  unsigned __int128 mixed =
      (static_cast<unsigned __int128>(key.high) << 64 | key.low) * multiplier_;
  mixed ^= mixed >> 64;  // One product alone leaves equally spaced keys equally spaced.
  mixed *= multiplier_;
  key = {.high = uint64_t(mixed >> 64), .low = uint64_t(mixed)};
  if (IsEmpty(key)) key.low = 1;
  return key;
}

size_t KeySet::Home(const Table& table, RowKey key) {
  const uint64_t within = key.high << 8;  // The top byte chose the table.
  return size_t((static_cast<unsigned __int128>(within) * table.homes) >> 64);
}

/// The first slot from the key's home on that is empty or holds a key that is not smaller.
size_t KeySet::Find(const Table& table, RowKey key) {
  size_t at = Home(table, key);
  while (at < table.slots.size() && !IsEmpty(table.slots[at]) && table.slots[at] < key) ++at;
  return at;
}

/// Puts the key at `at` and moves what stands there one on.  REQUIRES: an empty slot follows.
void KeySet::Place(Table* table, RowKey key, size_t at) {
  while (!IsEmpty(table->slots[at])) std::swap(key, table->slots[at++]);
  table->slots[at] = key;
}

void KeySet::Grow(Table* table) {
  size_t homes = table->homes == 0 ? kHomesFirst : table->homes + table->homes / 4;
  while (true) {
    Table grown;
    grown.homes = homes;
    grown.slots.resize(homes + kOverflowSlots);
    size_t next = 0;  // Ascending keys never go before the one placed last.
    bool fits = true;
    for (const RowKey& key : table->slots) {
      if (IsEmpty(key)) continue;
      const size_t home = Home(grown, key);
      next = home > next ? home : next;
      if (next >= grown.slots.size()) {
        fits = false;
        break;
      }
      grown.slots[next++] = key;
    }
    if (fits) {
      grown.used = table->used;
      *table = std::move(grown);
      return;
    }
    homes += homes / 4;
  }
}

bool KeySet::Insert(RowKey key) {
  key = Scattered(key);
  Table& table = tables_[key.high >> 56];
  if ((table.used + 1) * 100 > table.homes * 85) Grow(&table);
  while (true) {
    const size_t at = Find(table, key);
    if (at < table.slots.size() && table.slots[at] == key) return false;
    if (at < table.slots.size() && IsEmpty(table.slots.back())) {
      Place(&table, key, at);
      ++table.used;
      ++size_;
      return true;
    }
    Grow(&table);
  }
}

bool KeySet::Contains(RowKey key) const {
  key = Scattered(key);
  const Table& table = tables_[key.high >> 56];
  const size_t at = Find(table, key);
  return at < table.slots.size() && table.slots[at] == key;
}

void KeySet::Prefetch(RowKey key) const {
  key = Scattered(key);
  const Table& table = tables_[key.high >> 56];
  if (table.homes > 0) __builtin_prefetch(&table.slots[Home(table, key)]);
}

int64_t KeySet::memory_bytes() const {
  int64_t bytes = 0;
  for (const Table& table : tables_) bytes += int64_t(table.slots.capacity() * sizeof(RowKey));
  return bytes;
}

}  // namespace hubmill

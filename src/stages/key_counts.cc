#include "stages/key_counts.h"

#include <random>

namespace hubmill {
namespace {

constexpr size_t kPlacesFirst = 16;

bool IsZero(const RowKey& key) { return key.high == 0 && key.low == 0; }

size_t Home(uint64_t hash, size_t places) {
  const uint64_t within = hash << 8;  // The top byte chose the table.
  return size_t((static_cast<unsigned __int128>(within) * places) >> 64);
}

}  // namespace

KeyCounts::KeyCounts() {
  std::random_device device;
  seed_ = uint64_t(device()) << 32 | device();
}

uint64_t KeyCounts::HashOf(RowKey key) const {
  return Xxh3Hash64({reinterpret_cast<const char*>(&key), sizeof(key)}, seed_);
}

/// The key's place, or the empty one that it would take.  REQUIRES: an empty place.
size_t KeyCounts::Find(const Table& table, RowKey key, uint64_t hash) {
  size_t at = Home(hash, table.keys.size());
  while (!IsZero(table.keys[at]) && table.keys[at] != key) {
    at = at + 1 == table.keys.size() ? 0 : at + 1;
  }
  return at;
}

void KeyCounts::Grow(Table* table) const {
  const size_t places =
      table->keys.empty() ? kPlacesFirst : table->keys.size() + table->keys.size() / 4;
  Table grown;
  grown.used = table->used;
  grown.keys.resize(places);
  grown.counts.resize(places);
  for (size_t i = 0; i < table->keys.size(); ++i) {
    if (IsZero(table->keys[i])) continue;
    const size_t at = Find(grown, table->keys[i], HashOf(table->keys[i]));
    grown.keys[at] = table->keys[i];
    grown.counts[at] = table->counts[i];
  }
  *table = std::move(grown);
}

uint32_t& KeyCounts::At(RowKey key) {
  if (IsZero(key)) return count_of_zero_;
  const uint64_t hash = HashOf(key);
  Table& table = tables_[hash >> 56];
  if ((table.used + 1) * 5 > table.keys.size() * 4) Grow(&table);
  const size_t at = Find(table, key, hash);
  if (IsZero(table.keys[at])) {
    table.keys[at] = key;
    ++table.used;
    ++size_;
  }
  return table.counts[at];
}

uint32_t KeyCounts::Count(RowKey key) const {
  if (IsZero(key)) return count_of_zero_;
  const uint64_t hash = HashOf(key);
  const Table& table = tables_[hash >> 56];
  if (table.keys.empty()) return 0;
  const size_t at = Find(table, key, hash);
  return IsZero(table.keys[at]) ? 0 : table.counts[at];
}

void KeyCounts::Prefetch(RowKey key) const {
  const uint64_t hash = HashOf(key);
  const Table& table = tables_[hash >> 56];
  if (!table.keys.empty()) __builtin_prefetch(&table.keys[Home(hash, table.keys.size())]);
}

int64_t KeyCounts::memory_bytes() const {
  int64_t bytes = 0;
  for (const Table& table : tables_) {
    bytes += int64_t(table.keys.capacity() * sizeof(RowKey) +
                     table.counts.capacity() * sizeof(uint32_t));
  }
  return bytes;
}

}  // namespace hubmill

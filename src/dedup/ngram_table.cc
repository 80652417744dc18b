#include "dedup/ngram_table.h"

#include <bit>
#include <random>

namespace hubmill {
namespace {

constexpr size_t kPlacesFirst = 1024;
constexpr int kFilterBitsMin = 16;  // Of the number of bits, as a power of two: 8 KiB,
constexpr int kFilterBitsMax = 29;  // and 64 MiB.
constexpr int kFilterBitsAKey = 8;

/// 0 marks an empty place.
uint64_t Stored(uint64_t hash) { return hash == 0 ? 1 : hash; }

}  // namespace

NgramTable::NgramTable() : hashes_(kPlacesFirst), rows_(kPlacesFirst) {
  std::random_device device;
  multiplier_ = uint64_t(device()) << 32 | device() | 1;
}

/// Where `hash` stands, or the empty place that it would take.
size_t NgramTable::PlaceOf(uint64_t hash) const {
  const size_t mask = hashes_.size() - 1;
  size_t at = size_t((hash * multiplier_) >> (64 - std::countr_zero(hashes_.size())));
  while (hashes_[at] != 0 && hashes_[at] != hash) at = (at + 1) & mask;
  return at;
}

void NgramTable::Insert(uint64_t hash, uint32_t row) {
  hash = Stored(hash);
  size_t at = PlaceOf(hash);
  if (hashes_[at] == hash) return;
  if ((used_ + 1) * 10 > hashes_.size() * 7) {
    std::vector<uint64_t> hashes(hashes_.size() * 2);
    std::vector<uint32_t> rows(hashes.size());
    hashes.swap(hashes_);
    rows.swap(rows_);
    for (size_t i = 0; i < hashes.size(); ++i) {
      if (hashes[i] == 0) continue;
      const size_t place = PlaceOf(hashes[i]);
      hashes_[place] = hashes[i];
      rows_[place] = rows[i];
    }
    at = PlaceOf(hash);
  }
  hashes_[at] = hash;
  rows_[at] = row;
  ++used_;
}

void NgramTable::Finish() {
  int bits = kFilterBitsMin;
  while (bits < kFilterBitsMax && (size_t{1} << bits) < used_ * kFilterBitsAKey) ++bits;
  filter_shift_ = 64 - bits;
  filter_.assign((size_t{1} << bits) / 64, 0);
  for (const uint64_t hash : hashes_) {
    if (hash != 0)
      filter_[(hash >> filter_shift_) / 64] |= uint64_t{1} << (hash >> filter_shift_) % 64;
  }
}

std::optional<uint32_t> NgramTable::Find(uint64_t hash) const {
  hash = Stored(hash);
  const uint64_t bit = hash >> filter_shift_;
  if ((filter_[bit / 64] >> (bit % 64) & 1) == 0) return std::nullopt;
  const size_t at = PlaceOf(hash);
  if (hashes_[at] != hash) return std::nullopt;
  return rows_[at];
}

}  // namespace hubmill

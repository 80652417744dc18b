#include "view/value_counts.h"

#include <algorithm>

#include "base/check.h"

namespace hubmill {
namespace {

constexpr uint64_t kGolden = 0x9E3779B97F4A7C15;  // 2^64 over the golden ratio (Knuth, 6.4).
constexpr size_t kAhead = 16;                     // Keys whose slots are fetched in advance.

uint64_t LowestOfBin(uint64_t prefix, int shift) { return shift == 64 ? 0 : prefix << shift; }
uint64_t PrefixOf(uint64_t key, int shift) { return shift == 64 ? 0 : key >> shift; }

}  // namespace

size_t ValueCounts::SlotOf(uint64_t prefix) const {
  const uint64_t mixed = (prefix ^ (prefix >> 32)) * kGolden;
  return mixed >> (64 - slot_bits_);
}

void ValueCounts::Rehash(size_t slots, int more_shift) {
  std::vector<ValueCount> old = std::move(slots_);
  slots_.assign(slots, {});
  slot_bits_ = std::countr_zero(slots);
  shift_ += more_shift;
  used_ = 0;
  for (const ValueCount& entry : old) {
    if (entry.count == 0) continue;
    const uint64_t prefix = PrefixOf(entry.key, more_shift);
    size_t at = SlotOf(prefix);
    while (slots_[at].count != 0 && slots_[at].key != prefix) at = (at + 1) & (slots - 1);
    used_ += slots_[at].count == 0 ? 1 : 0;
    slots_[at] = {prefix, slots_[at].count + entry.count};
  }
}

void ValueCounts::Add(uint64_t key, int64_t count) {
  HUBMILL_CHECK(count > 0, "a count without rows");
  if (2 * (used_ + 1) > slots_.size()) Rehash(std::max(kFirstSlots, 2 * slots_.size()), 0);
  total_ += count;
  const uint64_t prefix = PrefixOf(key, shift_);
  size_t at = SlotOf(prefix);
  while (slots_[at].count != 0 && slots_[at].key != prefix) at = (at + 1) & (slots_.size() - 1);
  used_ += slots_[at].count == 0 ? 1 : 0;
  slots_[at] = {prefix, slots_[at].count + count};
  while (used_ > distinct_max_) Rehash(slots_.size(), 1);
}

void ValueCounts::AddAll(std::span<const uint64_t> keys) {
  for (size_t i = 0; i < keys.size();) {
    size_t end = i + 1;
    while (end < keys.size() && keys[end] == keys[i]) ++end;
    if (end + kAhead < keys.size() && !slots_.empty()) {
      __builtin_prefetch(&slots_[SlotOf(PrefixOf(keys[end + kAhead - 1], shift_))]);
    }
    Add(keys[i], static_cast<int64_t>(end - i));
    i = end;
  }
}

std::vector<ValueCount> ValueCounts::Sorted() const {
  std::vector<ValueCount> sorted;
  sorted.reserve(used_);
  for (const ValueCount& entry : slots_) {
    if (entry.count != 0) sorted.push_back({LowestOfBin(entry.key, shift_), entry.count});
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const ValueCount& a, const ValueCount& b) { return a.key < b.key; });
  return sorted;
}

std::vector<ValueCount> Coarsen(const std::vector<ValueCount>& counts, int shift) {
  std::vector<ValueCount> bins;
  for (const ValueCount& entry : counts) {
    const uint64_t key = LowestOfBin(PrefixOf(entry.key, shift), shift);
    if (bins.empty() || bins.back().key != key) {
      bins.push_back({key, entry.count});
    } else {
      bins.back().count += entry.count;
    }
  }
  return bins;
}

}  // namespace hubmill

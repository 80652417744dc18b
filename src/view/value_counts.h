// ValueCounts: how often each value of a column occurs, in bounded memory, whatever the order.
//
// Values are 64-bit keys that sort as the values do.  While there are at most `distinct_max`
// different ones, each is counted by itself and everything that follows from the counts (median,
// histogram, distances) is exact.  With more, the lowest bits of all keys are dropped, one at a
// time, until the rest has at most so many: bins of 2^shift keys.  The shift is the least that
// does, so it depends on the values alone and not on their order or on threads.  A key of a double
// has its exponent on top, so bins of doubles are relative, as those of HDR histograms are; but
// where all values lie close together (times of one year) the bins are as fine as they can be, and
// a far outlier costs one bin.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hubmill {

inline uint64_t KeyOfInt(int64_t value) {
  return static_cast<uint64_t>(value) ^ (uint64_t{1} << 63);
}
inline int64_t IntOfKey(uint64_t key) { return static_cast<int64_t>(key ^ (uint64_t{1} << 63)); }

/// -0.0 is 0.0.  REQUIRES: not NaN.
inline uint64_t KeyOfDouble(double value) {
  const auto bits = std::bit_cast<uint64_t>(value == 0 ? 0.0 : value);
  return (bits >> 63) != 0 ? ~bits : bits | (uint64_t{1} << 63);
}
inline double DoubleOfKey(uint64_t key) {
  return std::bit_cast<double>((key >> 63) != 0 ? key ^ (uint64_t{1} << 63) : ~key);
}

struct ValueCount {
  uint64_t key = 0;  // The lowest one of its bin.
  int64_t count = 0;
  bool operator==(const ValueCount&) const = default;
};

/// Not thread-safe.  Memory: 16 bytes a different value, times 2 to 4.
class ValueCounts {
 public:
  /// REQUIRES: distinct_max >= 1.
  explicit ValueCounts(size_t distinct_max) : distinct_max_(distinct_max) {}

  void Add(uint64_t key, int64_t count = 1);
  void AddAll(std::span<const uint64_t> keys);

  bool exact() const { return shift_ == 0; }
  int shift() const { return shift_; }
  int64_t total() const { return total_; }
  size_t distinct() const { return used_; }  // Bins, where not exact.

  /// Ascending.
  std::vector<ValueCount> Sorted() const;

 private:
  static constexpr size_t kFirstSlots = 64;

  size_t SlotOf(uint64_t prefix) const;
  void Rehash(size_t slots, int more_shift);

  size_t distinct_max_;
  int shift_ = 0;
  int64_t total_ = 0;
  size_t used_ = 0;
  int slot_bits_ = 0;
  std::vector<ValueCount> slots_;  // Open addressing over key >> shift; count 0 is an empty slot.
};

/// `counts` (ascending) as bins of a larger shift.
std::vector<ValueCount> Coarsen(const std::vector<ValueCount>& counts, int shift);

}  // namespace hubmill

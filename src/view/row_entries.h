// RowEntries: a 32-byte entry of each row of two tables, gathered in any order and handed back
// together with all that have its key.
//
// Entries are spread over 256 parts by their key.  Up to `memory_bytes_max` they stay in memory;
// beyond, all go to a file without a name below `spill_dir`, and on.  A part at a time (1/256 of
// all) is then read back and sorted.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/hash.h"
#include "core/failure.h"

namespace hubmill {

struct RowEntry {
  Hash128 key;         // Of the key columns, or of the whole row.
  uint64_t rest = 0;   // Of all compared columns.
  uint64_t place = 0;  // The row's number; the highest bit is set for the second table.

  static constexpr uint64_t kSecond = uint64_t{1} << 63;
  bool second() const { return (place & kSecond) != 0; }
  int64_t row() const { return static_cast<int64_t>(place & ~kSecond); }
};
static_assert(sizeof(RowEntry) == 32, "the bytes a row that docs/pages.md tells");

class RowEntries {
 public:
  RowEntries(int64_t memory_bytes_max, std::string spill_dir)
      : memory_bytes_max_(memory_bytes_max), spill_dir_(std::move(spill_dir)) {}
  ~RowEntries();
  RowEntries(const RowEntries&) = delete;
  RowEntries& operator=(const RowEntries&) = delete;

  /// Thread-safe.  kRunFailed where the file cannot be written.
  Status Add(std::span<const RowEntry> entries);

  static constexpr size_t kParts = 256;

  /// Calls `use` with the entries of each key of a part: those of the first table before those of
  /// the second, by row.  Thread-safe for different parts, once all was added; each part once.
  Status ForEachKey(size_t part, const std::function<void(std::span<const RowEntry>)>& use);

  int64_t spilled_bytes() const { return file_bytes_; }

 private:
  struct Extent {
    int64_t offset_bytes = 0;
    int64_t bytes = 0;
  };
  Status Spill();

  const int64_t memory_bytes_max_;
  const std::string spill_dir_;
  std::mutex mutex_;
  int file_ = -1;
  int64_t file_bytes_ = 0;
  int64_t memory_bytes_ = 0;
  std::array<std::vector<RowEntry>, kParts> parts_;
  std::array<std::vector<Extent>, kParts> extents_;
};

}  // namespace hubmill

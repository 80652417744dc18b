// Where rows stand, in 4 bytes each: rows come file by file, in ascending order.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace hubmill {

/// A row of an input: a file by its number, and the row in it, 1-based.
struct RowPlace {
  int32_t file = 0;
  int64_t row = 0;
  bool operator==(const RowPlace&) const = default;
};

inline constexpr int64_t kRowOfFileMax = UINT32_MAX;

/// Not thread-safe while rows are added; afterwards any thread may ask.
class RowPlaces {
 public:
  /// REQUIRES: after all rows before; row <= kRowOfFileMax.
  void Add(RowPlace place);

  RowPlace At(uint32_t index) const;

  /// The index of the first row at `place` or after it; size() where there is none.
  uint32_t LowerBound(RowPlace place) const;

  uint32_t size() const { return uint32_t(rows_.size()); }

 private:
  struct FileStart {
    int32_t file;
    uint32_t index;
  };
  std::vector<FileStart> starts_;
  std::vector<uint32_t> rows_;
};

/// A set of rows: a bit a row up to the last one of each file.
class RowMarks {
 public:
  void Mark(RowPlace place);
  bool Has(RowPlace place) const;
  int64_t count() const { return count_; }

 private:
  std::vector<std::vector<uint64_t>> files_;
  int64_t count_ = 0;
};

}  // namespace hubmill

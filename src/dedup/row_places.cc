#include "dedup/row_places.h"

#include <algorithm>

#include "base/check.h"

namespace hubmill {

void RowPlaces::Add(RowPlace place) {
  HUBMILL_CHECK(place.row >= 1 && place.row <= kRowOfFileMax, "a row number has 32 bits");
  if (starts_.empty() || starts_.back().file != place.file) {
    starts_.push_back({place.file, uint32_t(rows_.size())});
  }
  rows_.push_back(uint32_t(place.row));
}

RowPlace RowPlaces::At(uint32_t index) const {
  const auto after =
      std::upper_bound(starts_.begin(), starts_.end(), index,
                       [](uint32_t at, const FileStart& start) { return at < start.index; });
  return {(after - 1)->file, rows_[index]};
}

uint32_t RowPlaces::LowerBound(RowPlace place) const {
  const auto start =
      std::lower_bound(starts_.begin(), starts_.end(), place.file,
                       [](const FileStart& at, int32_t file) { return at.file < file; });
  if (start == starts_.end()) return size();
  if (start->file != place.file) return start->index;
  const uint32_t end = start + 1 == starts_.end() ? size() : (start + 1)->index;
  return uint32_t(std::lower_bound(rows_.begin() + start->index, rows_.begin() + end, place.row) -
                  rows_.begin());
}

void RowMarks::Mark(RowPlace place) {
  if (size_t(place.file) >= files_.size()) files_.resize(size_t(place.file) + 1);
  std::vector<uint64_t>& bits = files_[size_t(place.file)];
  const auto word = size_t(place.row / 64);
  if (word >= bits.size()) bits.resize(word + 1);
  const uint64_t bit = uint64_t{1} << (place.row % 64);
  count_ += (bits[word] & bit) == 0 ? 1 : 0;
  bits[word] |= bit;
}

bool RowMarks::Has(RowPlace place) const {
  if (size_t(place.file) >= files_.size()) return false;
  const std::vector<uint64_t>& bits = files_[size_t(place.file)];
  const auto word = size_t(place.row / 64);
  return word < bits.size() && (bits[word] >> (place.row % 64) & 1) != 0;
}

}  // namespace hubmill

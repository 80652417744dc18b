#include "core/batch.h"

#include <algorithm>

#include "base/check.h"

namespace hubmill {

void Origins::Append(const RowRun& run) {
  if (run.count == 0) return;
  row_count_ += run.count;
  if (!runs_.empty()) {
    RowRun& last = runs_.back();
    if (last.file == run.file && last.split == run.split && last.row + last.count == run.row) {
      last.count += run.count;
      ends_.back() = row_count_;
      return;
    }
  }
  runs_.push_back(run);
  ends_.push_back(row_count_);
}

void Origins::Append(const Origins& other) {
  for (const RowRun& run : other.runs_) Append(run);
}

RowRun Origins::At(int64_t index) const {
  HUBMILL_CHECK(index >= 0 && index < row_count_, "origin of a row outside the batch");
  size_t i = size_t(std::upper_bound(ends_.begin(), ends_.end(), index) - ends_.begin());
  RowRun run = runs_[i];
  run.row += index - (ends_[i] - run.count);
  run.count = 1;
  return run;
}

Origins Origins::Slice(int64_t offset, int64_t count) const {
  HUBMILL_CHECK(offset >= 0 && count >= 0 && offset + count <= row_count_, "slice out of range");
  Origins out;
  if (count == 0) return out;
  size_t i = size_t(std::upper_bound(ends_.begin(), ends_.end(), offset) - ends_.begin());
  for (; count > 0; ++i) {
    RowRun run = runs_[i];
    int64_t skipped = offset - (ends_[i] - run.count);
    run.row += skipped;
    run.count = std::min(run.count - skipped, count);
    out.Append(run);
    offset += run.count;
    count -= run.count;
  }
  return out;
}

Origins Origins::Select(std::span<const int64_t> kept) const {
  Origins out;
  size_t i = 0;
  for (int64_t index : kept) {
    HUBMILL_CHECK(index >= 0 && index < row_count_, "selected row outside the batch");
    while (index >= ends_[i]) ++i;
    RowRun run = runs_[i];
    run.row += index - (ends_[i] - run.count);
    run.count = 1;
    out.Append(run);
  }
  return out;
}

Origins Origins::WithSplits(std::span<const int32_t> splits) const {
  HUBMILL_CHECK(int64_t(splits.size()) == row_count_, "one split for each row");
  Origins out;
  size_t at = 0;
  for (RowRun run : runs_) {
    for (int64_t k = 0; k < run.count; ++k, ++at) {
      out.Append({.file = run.file, .split = splits[at], .row = run.row + k, .count = 1});
    }
  }
  return out;
}

void Origins::Shift(int64_t rows) {
  for (RowRun& run : runs_) run.row += rows;
}

}  // namespace hubmill

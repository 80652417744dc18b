#include "dedup/sketches.h"

#include <algorithm>

#include "base/hash.h"
#include "stages/columns.h"

namespace hubmill {
namespace {

struct RowSketch {
  uint32_t index;
  uint64_t hash;  // Of the set of shingles.
  Sketch sketch;
};

struct Sketched : Prepared {
  std::vector<RowSketch> rows;
};

}  // namespace

double EstimatedJaccard(const Sketch& a, const Sketch& b) {
  size_t equal = 0;
  for (size_t i = 0; i < a.minima.size(); ++i) equal += a.minima[i] == b.minima[i] ? 1 : 0;
  return a.minima.empty() ? 0 : double(equal) / double(a.minima.size());
}

double ExactJaccard(const Sketch& a, const Sketch& b) {
  size_t i = 0;
  size_t j = 0;
  size_t both = 0;
  while (i < a.shingles.size() && j < b.shingles.size()) {
    const uint32_t x = a.shingles[i];
    const uint32_t y = b.shingles[j];
    both += x == y ? 1 : 0;
    i += x <= y ? 1 : 0;
    j += y <= x ? 1 : 0;
  }
  const size_t all = a.shingles.size() + b.shingles.size() - both;
  return all == 0 ? 0 : double(both) / double(all);
}

void SketchPass::BeginPass(std::vector<bool> wanted) {
  wanted_ = std::move(wanted);
  sketches_.clear();
  shared_.clear();
}

Result<std::shared_ptr<arrow::Schema>> SketchPass::Bind(
    const std::shared_ptr<arrow::Schema>& input) {
  ARROW_ASSIGN_OR_RAISE(text_column_, AnyTextColumnIndex(*input, index_.options().text));
  return input;
}

Result<std::unique_ptr<Prepared>> SketchPass::Prepare(const Batch& input) const {
  auto sketched = std::make_unique<Sketched>();
  ARROW_ASSIGN_OR_RAISE(const auto plain, PlainText(input.rows->column(text_column_)));
  const TextView texts(*plain);
  const RowPlaces& places = index_.places();
  thread_local MinHashScratch scratch;
  int64_t at = 0;
  for (const RowRun& run : input.origins.runs()) {
    const int32_t file = file_base_ + run.file;
    const RowPlace end{file, run.row + run.count};
    for (uint32_t index = places.LowerBound({file, run.row}); index < places.size(); ++index) {
      const RowPlace place = places.At(index);
      if (place.file != end.file || place.row >= end.row) break;
      if (!wanted_[index]) continue;
      const int64_t row = at + place.row - run.row;
      RowSketch made{.index = index};
      if (!texts.IsNull(row)) index_.hash().Minima(texts[row], &scratch, &made.sketch.minima);
      std::vector<uint32_t>& set = scratch.shingles;
      std::sort(set.begin(), set.end());
      set.erase(std::unique(set.begin(), set.end()), set.end());
      made.hash = Xxh3Hash64({reinterpret_cast<const char*>(set.data()), set.size() * 4});
      if (shingles_) made.sketch.shingles = set;
      sketched->rows.push_back(std::move(made));
    }
    at += run.count;
  }
  return sketched;
}

Result<Applied> SketchPass::Decide(const Batch& input, const Prepared& prepared) {
  for (const RowSketch& row : static_cast<const Sketched&>(prepared).rows) {
    std::weak_ptr<const Sketch>& known = shared_[row.hash];
    std::shared_ptr<const Sketch> sketch = known.lock();
    if (sketch == nullptr) known = sketch = std::make_shared<const Sketch>(row.sketch);
    sketches_[row.index] = std::move(sketch);
  }
  return Applied{.rows = input.rows};
}

Result<std::shared_ptr<const Sketch>> SketchPass::At(uint32_t index) const {
  const auto found = sketches_.find(index);
  if (found == sketches_.end() || found->second->minima.empty()) {
    return RunFailed("an input changed while it was read: row=", index_.places().At(index).row,
                     "; remedy: run again when nothing writes to it");
  }
  return found->second;
}

}  // namespace hubmill

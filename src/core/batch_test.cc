#include "core/batch.h"

#include <gtest/gtest.h>

#include <random>

namespace hubmill {
namespace {

std::vector<RowRun> Expand(const Origins& origins) {
  std::vector<RowRun> rows;
  for (RowRun run : origins.runs()) {
    for (int64_t i = 0; i < run.count; ++i) {
      rows.push_back({.file = run.file, .split = run.split, .row = run.row + i, .count = 1});
    }
  }
  return rows;
}

TEST(OriginsTest, JoinsConsecutiveRuns) {
  Origins origins;
  origins.Append({.file = 0, .row = 1, .count = 3});
  origins.Append({.file = 0, .row = 4, .count = 2});
  origins.Append({.file = 0, .row = 7, .count = 1});
  EXPECT_EQ(origins.runs().size(), 2u);
  EXPECT_EQ(origins.row_count(), 6);
  EXPECT_EQ(origins.At(4).row, 5);
  EXPECT_EQ(origins.At(5).row, 7);
}

// Model: a plain vector with one entry a row.
TEST(OriginsTest, SliceSelectAndSplitsAgreeWithOneEntryARow) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Origins origins;
    for (int i = 0; i < 8; ++i) {
      origins.Append({.file = int32_t(random() % 2),
                      .split = int32_t(random() % 2),
                      .row = int64_t(random() % 20 + 1),
                      .count = int64_t(random() % 5)});
    }
    std::vector<RowRun> model = Expand(origins);
    ASSERT_EQ(int64_t(model.size()), origins.row_count());
    for (size_t i = 0; i < model.size(); ++i) ASSERT_EQ(origins.At(int64_t(i)), model[i]);
    int64_t from = int64_t(random() % (model.size() + 1));
    int64_t count = int64_t(random() % (model.size() - size_t(from) + 1));
    std::vector<RowRun> slice(model.begin() + from, model.begin() + from + count);
    ASSERT_EQ(Expand(origins.Slice(from, count)), slice);
    std::vector<int64_t> kept;
    std::vector<RowRun> selected;
    std::vector<int32_t> splits;
    for (size_t i = 0; i < model.size(); ++i) {
      splits.push_back(int32_t(random() % 3));
      if (random() % 2 == 0) continue;
      kept.push_back(int64_t(i));
      selected.push_back(model[i]);
    }
    ASSERT_EQ(Expand(origins.Select(kept)), selected);
    for (size_t i = 0; i < model.size(); ++i) model[i].split = splits[i];
    ASSERT_EQ(Expand(origins.WithSplits(splits)), model);
  }
}

}  // namespace
}  // namespace hubmill

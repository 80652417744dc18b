#include "stages/key_counts.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace hubmill {
namespace {

TEST(KeyCounts, SameAsASortedMap) {
  std::mt19937_64 draw(5);
  KeyCounts counts;
  std::map<RowKey, uint32_t> model;
  for (int i = 0; i < 200'000; ++i) {
    const RowKey key{draw() % 50, draw() % 2'000};  // {0, 0} among them.
    EXPECT_EQ(counts.Count(key), model.count(key) == 0 ? 0 : model[key]);
    ASSERT_EQ(++counts.At(key), ++model[key]);
  }
  EXPECT_EQ(counts.size() + 1, int64_t(model.size()));
  EXPECT_EQ(KeyCounts().Count({1, 1}), 0U);
}

TEST(KeyCounts, AtMost32BytesAKey) {
  KeyCounts counts;
  std::mt19937_64 draw(6);
  for (int i = 0; i < 1'000'000; ++i) {
    ++counts.At({draw(), draw()});
    if (i < 100'000 || i % 1'000 != 0) continue;
    ASSERT_LE(counts.memory_bytes(), 32 * counts.size());
  }
}

TEST(KeyCounts, CraftedKeysCostNoMoreThanOthers) {
  KeyCounts counts;
  for (uint64_t i = 1; i <= 1'000'000; ++i) ++counts.At({0, i << 40});
  EXPECT_LE(counts.memory_bytes(), 32 * counts.size());
}

}  // namespace
}  // namespace hubmill

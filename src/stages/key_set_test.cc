#include "stages/key_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace hubmill {
namespace {

TEST(KeySet, SameAsASortedSet) {
  std::mt19937_64 random(7);
  KeySet keys;
  std::set<RowKey> model;
  for (int i = 0; i < 30'000; ++i) {
    // Few different keys, some of them close together, so that runs form and overflow.
    const uint64_t high = i % 2 == 0 ? random() : (random() % 300) << 8 | 0x7F00000000000000;
    const RowKey key{.high = high, .low = random() % 4};
    EXPECT_EQ(keys.Contains(key), model.count(key) == 1);
    ASSERT_EQ(keys.Insert(key), model.insert(key).second) << i;
  }
  EXPECT_EQ(keys.size(), int64_t(model.size()));
  for (const RowKey& key : model) ASSERT_TRUE(keys.Contains(key));
}

TEST(KeySet, EdgesOfTheRange) {
  KeySet keys;
  for (const RowKey key : {RowKey{0, 0}, RowKey{~0ULL, ~0ULL}, RowKey{~0ULL, 0}}) {
    EXPECT_TRUE(keys.Insert(key));
    EXPECT_FALSE(keys.Insert(key));
  }
}

TEST(KeySet, CraftedKeysCostNoMoreThanOthers) {
  // All at one home, and at the last one of a table, where they cannot overflow into the next.
  for (const uint64_t high : {uint64_t{0}, ~uint64_t{0}}) {
    KeySet keys;
    for (uint64_t low = 0; low < 200'000; ++low) ASSERT_TRUE(keys.Insert({high, low}));
    for (uint64_t low = 0; low < 200'000; ++low) ASSERT_FALSE(keys.Insert({high, low}));
    EXPECT_LE(keys.memory_bytes(), 200'000 * 32);
  }
}

TEST(KeySet, AtMost24BytesAKey) {
  std::mt19937_64 random(1);
  KeySet keys;
  for (int i = 1; i <= 2'000'000; ++i) {
    keys.Insert({random(), random()});
    if (i % 100'000 == 0) EXPECT_LE(keys.memory_bytes(), int64_t(i) * 24) << i;
  }
}

}  // namespace
}  // namespace hubmill

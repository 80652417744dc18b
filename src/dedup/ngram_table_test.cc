#include "dedup/ngram_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace hubmill {
namespace {

TEST(NgramTable, TheFirstRowOfEachHash) {
  for (const size_t count : {size_t{0}, size_t{3}, size_t{200'000}}) {
    std::mt19937_64 draw(count);
    NgramTable table;
    std::map<uint64_t, uint32_t> model;
    for (uint32_t row = 0; row < count; ++row) {
      // Some of them neighbours, 0 and 1 among them (which are one entry), some anywhere.
      uint64_t hash = row % 2 == 0 ? draw() % 5'000 : draw();
      if (hash == 0) hash = 1;
      table.Insert(hash, row);
      model.emplace(hash, row);
    }
    table.Finish();
    EXPECT_EQ(table.size(), int64_t(model.size()));
    for (const auto& [hash, row] : model) ASSERT_EQ(table.Find(hash), row);
    for (int i = 0; i < 100'000; ++i) {
      const uint64_t hash = draw();
      ASSERT_EQ(table.Find(hash).has_value(), model.count(hash) == 1);
    }
  }
}

}  // namespace
}  // namespace hubmill

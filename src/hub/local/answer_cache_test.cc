#include "hub/local/answer_cache.h"

#include <gtest/gtest.h>

namespace hubmill::local_hub {
namespace {

TEST(AnswerCacheTest, KeepsWhatWasUsedLastWithinItsBound) {
  AnswerCache cache(100);
  for (const char* key : {"a", "b", "c"}) cache.Keep(key, {std::string(30, *key), 7});
  ASSERT_NE(cache.Find("a"), nullptr);  // Now b is the oldest.
  cache.Keep("d", {std::string(30, 'd')});
  EXPECT_EQ(cache.Find("b"), nullptr);
  EXPECT_EQ(cache.Find("a")->body, std::string(30, 'a'));
  EXPECT_EQ(cache.Find("a")->next_cursor, 7u);
  EXPECT_EQ(cache.Keep("large", {std::string(101, 'x')})->body.size(), 101u);
  EXPECT_EQ(cache.Find("large"), nullptr);
}

}  // namespace
}  // namespace hubmill::local_hub

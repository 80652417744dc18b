#include "base/json_depth.h"

#include <gtest/gtest.h>

#include <string>

namespace hubmill {
namespace {

TEST(JsonDepth, CountsWhatIsOpenAtOnce) {
  EXPECT_TRUE(IsShallowJson(R"({"a":[1,[2]],"b":[[3]]})", 3));
  EXPECT_FALSE(IsShallowJson(R"({"a":[1,[2]]})", 2));
  EXPECT_TRUE(IsShallowJson("", 0));
}

TEST(JsonDepth, BracketsWithinTextsDoNotCount) {
  EXPECT_TRUE(IsShallowJson(R"(["[[[[", "\"[[[[", "\\"])", 1));
  EXPECT_FALSE(IsShallowJson(R"(["\\",[[]]])", 2));
}

TEST(JsonDepth, MillionsOfLevelsAreNoTrouble) {
  EXPECT_FALSE(IsShallowJson(std::string(4 << 20, '[')));
}

}  // namespace
}  // namespace hubmill

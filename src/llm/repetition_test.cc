#include "llm/repetition.h"

#include <gtest/gtest.h>

#include <string>

namespace hubmill {
namespace {

double Share(const std::vector<std::string>& bodies) {
  std::vector<uint32_t> words;
  std::vector<uint64_t> table;
  return RepeatedShare({bodies.begin(), bodies.end()}, &words, &table);
}

std::string Numbers(int first, int last) {
  std::string text;
  for (int i = first; i < last; ++i) text += std::to_string(i) + " ";
  return text;
}

TEST(Repetition, SharesAreThoseOfRunsOfTenWords) {
  EXPECT_EQ(Share({}), 0);
  EXPECT_EQ(Share({Numbers(0, 1000)}), 0);
  EXPECT_EQ(Share({std::string(3000, ' ')}), 0);
  // 100 words twice: of 191 runs the last 91 stood there before.
  EXPECT_DOUBLE_EQ(Share({Numbers(0, 100), Numbers(0, 100)}), 91.0 / 191);
  std::string circles;
  for (int i = 0; i < 200; ++i) circles += "Wait, let me check again. ";
  EXPECT_GT(Share({circles}), 0.98);
  EXPECT_EQ(Share({"no no no no no no no no no no no no no no no no"}), 0);  // Under 50 words.
}

}  // namespace
}  // namespace hubmill

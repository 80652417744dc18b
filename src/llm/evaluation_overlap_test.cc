#include "llm/evaluation_overlap.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

namespace hubmill {
namespace {

constexpr char kQuestion[] =
    "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in May";

bool Overlaps(const EvaluationOverlap& sets, std::string_view text) {
  std::vector<uint32_t> words;
  return sets.Overlaps(text, &words);
}

TEST(EvaluationOverlap, ThirteenWordsOfAQuestionAreFoundAnywhere) {
  EvaluationOverlap sets(13);
  EXPECT_TRUE(sets.Add(kQuestion));
  sets.Finish();
  EXPECT_EQ(sets.runs(), 20 - 13 + 1);
  EXPECT_TRUE(Overlaps(sets, std::string("Solve this. ") + kQuestion + " How many?"));
  EXPECT_TRUE(Overlaps(sets, "natalia SOLD clips -- to 48 of her friends\nin april and then she"));
  EXPECT_FALSE(Overlaps(sets, "Natalia sold clips to 48 of her friends in April, and then"));
  EXPECT_FALSE(Overlaps(sets, "Natalia sold clips to 49 of her friends in April, and then she"));
}

TEST(EvaluationOverlap, AShortQuestionIsFoundWhereItIsAllThereIs) {
  EvaluationOverlap sets(13);
  EXPECT_TRUE(sets.Add("What is 3 + 5 in binary?"));
  EXPECT_FALSE(sets.Add("It is eight."));  // Everywhere.
  sets.Finish();
  EXPECT_TRUE(Overlaps(sets, "what is 3+5, in binary"));
  EXPECT_FALSE(Overlaps(sets, "What is 3 + 5 in binary? Think first."));
  EXPECT_FALSE(Overlaps(sets, "It is eight."));
}

TEST(EvaluationOverlap, AgreesWithComparingEveryRun) {
  std::mt19937 draw(5);
  const auto text_of = [&](size_t words) {
    std::string text;
    for (size_t i = 0; i < words; ++i) text += " w" + std::to_string(draw() % 3);
    return text;
  };
  const auto runs_of = [](std::string_view text) {
    std::set<std::string> runs;
    for (size_t at = 0; at + 3 * 6 <= text.size(); at += 3) runs.emplace(text.substr(at, 3 * 6));
    return runs;
  };
  EvaluationOverlap sets(6);
  std::set<std::string> known;
  for (int i = 0; i < 20; ++i) {
    const std::string text = text_of(12);
    sets.Add(text);
    known.merge(runs_of(text));
  }
  sets.Finish();
  EXPECT_EQ(sets.runs(), int64_t(known.size()));
  int found = 0;
  for (int i = 0; i < 500; ++i) {
    const std::string text = text_of(6 + draw() % 4);
    bool expected = false;
    for (const std::string& run : runs_of(text)) expected |= known.contains(run);
    EXPECT_EQ(Overlaps(sets, text), expected) << text;
    found += expected;
  }
  EXPECT_GT(found, 50);
  EXPECT_LT(found, 450);
}

}  // namespace
}  // namespace hubmill

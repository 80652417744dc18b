#include "text/minhash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <string>

namespace hubmill {
namespace {

std::vector<uint64_t> Keys(const MinHash& hash, std::string_view text) {
  MinHashScratch scratch;
  std::vector<uint64_t> keys;
  hash.AppendBandKeys(text, &scratch, &keys);
  return keys;
}

std::string RandomText(std::mt19937& random, size_t words) {
  std::string text;
  for (size_t i = 0; i < words; ++i) {
    text += "w";
    text += std::to_string(random() % 50000) + " ";
  }
  return text;
}

TEST(MinHash, ATextWithoutWordsHasNoKeys) {
  const MinHash hash({});
  EXPECT_TRUE(Keys(hash, "").empty());
  EXPECT_TRUE(Keys(hash, " ...").empty());
  EXPECT_EQ(Keys(hash, "one").size(), 14U);
}

TEST(MinHash, ShortTextsAreOneShingle) {
  const MinHash hash({});
  EXPECT_EQ(Keys(hash, "one two"), Keys(hash, "One, two!"));
  EXPECT_NE(Keys(hash, "one two"), Keys(hash, "two one"));
}

TEST(MinHash, ShinglesRoll) {
  // The shingles of a text are those of its windows, whatever stood before them.
  const MinHash hash({.ngram = 3});
  MinHashScratch whole;
  hash.Shingles("a b c d e", &whole);
  ASSERT_EQ(whole.shingles.size(), 3U);
  const char* windows[] = {"a b c", "b c d", "c d e"};
  for (size_t i = 0; i < 3; ++i) {
    MinHashScratch window;
    hash.Shingles(windows[i], &window);
    ASSERT_EQ(window.shingles.size(), 1U);
    EXPECT_EQ(window.shingles[0], whole.shingles[i]);
  }
}

TEST(MinHash, EveryLevelGivesTheSameKeys) {
  std::mt19937 random(1);
  for (const MinHashShape shape :
       {MinHashShape{}, MinHashShape{.bands = 25, .rows = 10},
        MinHashShape{.ngram = 1, .bands = 1, .rows = 1}, MinHashShape{.bands = 16, .rows = 64},
        MinHashShape{.ngram = 17, .bands = 3}, MinHashShape{.ngram = 64, .bands = 9, .rows = 7}}) {
    for (int round = 0; round < 50; ++round) {
      const std::string text = RandomText(random, 1 + random() % 200);
      const auto portable = Keys(MinHash(shape, SimdLevel::kScalar), text);
      ASSERT_EQ(portable.size(), size_t(shape.bands));
      for (const SimdLevel level : {SimdLevel::kAvx2, SimdLevel::kAvx512}) {
        if (level > MachineSimdLevel()) continue;
        ASSERT_EQ(Keys(MinHash(shape, level), text), portable) << int(level);
      }
    }
  }
}

TEST(MinHash, KeysStayWhatTheyWere) {
  // Of the first release: which rows meet does not change from version to version.
  const auto keys = Keys(MinHash({}), "The quick brown fox jumps over internationalization");
  EXPECT_EQ(keys.front(), 1097269255761928382U);
  EXPECT_EQ(keys.back(), 6105555068130648858U);
}

TEST(MinHash, MeetsWithTheProbabilityOfTheTheory) {
  // Pairs of known Jaccard index: 200 shingles of one word, some shared.
  const MinHash hash({.ngram = 1});
  std::mt19937 random(3);
  for (const double jaccard : {0.6, 0.75, 0.9}) {
    const int size = 200;
    const int shared = int(std::lround(2 * size * jaccard / (1 + jaccard)));
    int met = 0;
    constexpr int kPairs = 600;
    for (int pair = 0; pair < kPairs; ++pair) {
      std::set<uint32_t> words;
      while (int(words.size()) < 2 * size - shared) words.insert(random());
      std::vector<uint32_t> all(words.begin(), words.end());
      std::shuffle(all.begin(), all.end(), random);
      std::string a;
      std::string b;
      for (int i = 0; i < size; ++i) a += std::to_string(all[size_t(i)]) + " ";
      for (int i = 0; i < shared; ++i) b += std::to_string(all[size_t(i)]) + " ";
      for (size_t i = size; i < all.size(); ++i) b += std::to_string(all[i]) + " ";
      const auto keys_a = Keys(hash, a);
      const auto keys_b = Keys(hash, b);
      bool meet = false;
      for (size_t i = 0; i < keys_a.size(); ++i) meet |= keys_a[i] == keys_b[i];
      met += meet;
    }
    const double expected = 1 - std::pow(1 - std::pow(jaccard, 8), 14);
    EXPECT_NEAR(double(met) / kPairs, expected, 0.07) << jaccard;
  }
}

}  // namespace
}  // namespace hubmill

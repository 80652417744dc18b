#include "text/ngrams.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "text/words.h"

namespace hubmill {
namespace {

TEST(Ngrams, EqualRunsOfWordsHaveEqualHashes) {
  std::vector<uint32_t> words;
  std::vector<uint64_t> a;
  std::vector<uint64_t> b;
  HashNgrams("One two, THREE four five", 3, &words, &a);
  ASSERT_EQ(a.size(), 3U);
  HashNgrams("x (two) three -- Four.", 3, &words, &b);
  ASSERT_EQ(b.size(), 2U);
  EXPECT_EQ(a[1], b[1]);
  EXPECT_NE(a[0], b[0]);
  HashNgrams("one two", 3, &words, &a);
  EXPECT_TRUE(a.empty());
  EXPECT_EQ(words.size(), 2U);
  const uint64_t all = HashOfAllWords(words);
  HashNgrams("ONE\ttwo", 2, &words, &b);
  EXPECT_EQ(b, std::vector<uint64_t>{all});
}

TEST(Ngrams, RunsOfOneWordDifferInLength) {
  std::set<uint64_t> seen;
  std::vector<uint32_t> words;
  std::vector<uint64_t> ngrams;
  for (int ngram = 1; ngram <= 64; ++ngram) {
    std::string text;
    for (int i = 0; i < ngram; ++i) text += "a ";
    HashNgrams(text, size_t(ngram), &words, &ngrams);
    ASSERT_EQ(ngrams.size(), 1U);
    EXPECT_TRUE(seen.insert(ngrams[0]).second);
  }
}

/// The words that WordsOf() shows are those whose hashes are compared.
TEST(Ngrams, WordsAreThoseOfTheHashes) {
  const char* parts[] = {"a",         "Straße", " ",   ", ", "自然", "x_9", "\xFF",
                         "e\xCC\x81", "\n",     "ไทย", ".",  "A1",   "-",   "\xE2\x80\x8B"};
  std::mt19937 draw(3);
  std::vector<uint32_t> words;
  std::vector<uint32_t> shown;
  for (int round = 0; round < 5'000; ++round) {
    std::string text;
    for (int i = int(draw() % 20); i > 0; --i) text += parts[draw() % std::size(parts)];
    words.clear();
    HashWords(text, &words);
    for (size_t first = 0; first <= words.size(); ++first) {
      const size_t count = 1 + draw() % 4;
      shown.clear();
      HashWords(WordsOf(text, first, count), &shown);
      const size_t end = std::min(words.size(), first + count);
      ASSERT_EQ(shown,
                std::vector<uint32_t>(words.begin() + long(first), words.begin() + long(end)))
          << testing::PrintToString(text) << first << " " << count;
    }
  }
  EXPECT_EQ(WordsOf("(One, two) three", 0, 2), "One, two");
  EXPECT_EQ(WordsOf("(One, two) three", 1, 9), "two) three");
}

}  // namespace
}  // namespace hubmill

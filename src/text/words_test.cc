#include "text/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

#include "base/utf8.h"

namespace hubmill {
namespace {

std::vector<uint32_t> Words(std::string_view text, SimdLevel level = BestSimdLevel()) {
  std::vector<uint32_t> words;
  HashWordsAt(level, text, &words);
  return words;
}

TEST(Words, AreRunsOfWordCharacters) {
  EXPECT_EQ(Words("a man, a-plan: a_canal 42!").size(), 6U);
  EXPECT_EQ(Words("a man, a-plan"), Words("  a\tman a\nplan."));
  EXPECT_NE(Words("a_canal"), Words("a canal"));
  EXPECT_TRUE(Words("").empty());
  EXPECT_TRUE(Words(" .,;!? \xF0\x9F\x8E\x89 ").empty());  // An emoji is no letter.
}

TEST(Words, FoldCase) {
  EXPECT_EQ(Words("THE Quick bROWN"), Words("the quick brown"));
  EXPECT_EQ(Words("Stra\u00DFe"), Words("STRA\u1E9EE"));
  EXPECT_EQ(Words("\u0391\u0398\u0397\u039D\u0391"),
            Words("\u03B1\u03B8\u03B7\u03BD\u03B1"));  // ΑΘΗΝΑ
  EXPECT_EQ(Words("\u212Aelvin"), Words("kelvin"));    // KELVIN SIGN folds into ASCII.
  EXPECT_NE(Words("cafe"), Words("caf\u00E9"));
}

TEST(Words, OfScriptsWithoutSpacesAreCharacters) {
  EXPECT_EQ(Words("\u6DF1\u5EA6\u5B66\u4E60").size(), 4U);         // 深度学习
  EXPECT_EQ(Words("GPT\u6A21\u578B v2").size(), 4U);               // GPT, 模, 型, v2
  EXPECT_EQ(Words("\u0E44\u0E17\u0E22").size(), 3U);               // ไทย
  EXPECT_EQ(Words("\uD55C\uAD6D\uC5B4 \uBB38\uC7A5").size(), 2U);  // Korean has spaces.
}

TEST(Words, BrokenUtf8Separates) {
  EXPECT_EQ(Words("ab\xFF"
                  "cd"),
            Words("ab cd"));
  EXPECT_EQ(Words("ab\xE2\x82"), Words("ab"));
}

TEST(Words, LengthsAroundEightAndSixtyFourBytes) {
  for (size_t size = 1; size <= 200; ++size) {
    const std::string word(size, 'x');
    EXPECT_EQ(Words(word).size(), 1U);
    EXPECT_EQ(Words(word), Words(" " + word + " "));
    EXPECT_NE(Words(word), Words(word + "x"));
  }
}

/// What the header says, a character at a time.
std::vector<uint32_t> Reference(std::string_view text) {
  std::vector<uint32_t> words;
  std::string word;
  const auto close = [&] {
    if (word.empty()) return;
    const std::vector<uint32_t> one = Words(word, SimdLevel::kScalar);
    words.insert(words.end(), one.begin(), one.end());
    word.clear();
  };
  for (size_t at = 0; at < text.size();) {
    const Utf8Char c = DecodeUtf8(text, at);
    const WordClass word_class = c.valid ? ClassOfCharacter(c.code_point) : WordClass::kSeparator;
    if (word_class != WordClass::kPartOfWord) close();
    if (word_class != WordClass::kSeparator) word += text.substr(at, c.size_bytes);
    if (word_class == WordClass::kWholeWord) close();
    at += c.size_bytes;
  }
  close();
  return words;
}

TEST(Words, EveryLevelAgreesWithTheReference) {
  const std::vector<std::string> pieces = {"a",
                                           "Z",
                                           "_",
                                           "9",
                                           " ",
                                           ".",
                                           "\n",
                                           "\u00E9",
                                           "\u6DF1",
                                           "\u0E44",
                                           "\xFF",
                                           "word",
                                           "longerthaneightletters",
                                           "\u03A9",
                                           "\u212A",
                                           "        "};
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    const size_t count = random() % 60;
    for (size_t i = 0; i < count; ++i) {
      // Mostly ASCII, so that both walkers take part.
      text += pieces[random() % (random() % 4 == 0 ? pieces.size() : 6)];
    }
    const std::vector<uint32_t> expected = Reference(text);
    for (const SimdLevel level : {SimdLevel::kScalar, SimdLevel::kAvx2, SimdLevel::kAvx512}) {
      if (level > MachineSimdLevel()) continue;
      ASSERT_EQ(Words(text, level), expected) << int(level) << " " << text;
    }
  }
}

TEST(Words, EveryLevelHashesLongTexts) {
  // More borders than a list holds, words across every border of 64 bytes, ends at each offset.
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    std::string text;
    const size_t words = random() % 3000;
    const size_t longest = 1 + random() % 40;
    for (size_t i = 0; i < words; ++i) {
      text += std::string(random() % longest, char('A' + random() % 50)) + " ";
      if (random() % 500 == 0) text += "\u00E9";
    }
    const std::string inside = std::string(64, 'x') + text;  // No byte before or after is read.
    const std::unique_ptr<char[]> exact(new char[inside.size()]);
    std::copy(inside.begin(), inside.end(), exact.get());
    const std::string_view view(exact.get() + random() % 64, inside.size() - 64);
    const auto expected = Words(view, SimdLevel::kScalar);
    for (const SimdLevel level : {SimdLevel::kAvx2, SimdLevel::kAvx512}) {
      if (level > MachineSimdLevel()) continue;
      ASSERT_EQ(Words(view, level), expected) << int(level);
    }
  }
}

}  // namespace
}  // namespace hubmill

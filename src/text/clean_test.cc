#include "text/clean.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "text/clean_reference.h"

namespace hubmill {
namespace {

std::string Clean(std::string_view in, SimdLevel level = BestSimdLevel()) {
  std::string out(in.size() + kCleanSlackBytes, '#');
  out.resize(CleanTextV1At(level, in, out.data()));
  return out;
}

std::string V2(std::string_view in) {
  std::string out = "left over";
  CleanTextV2(in, &out);
  return out;
}

/// Random text of pieces that the rules care about.
std::string Interesting(std::mt19937* rng) {
  static const char* const kPieces[] = {"word",
                                        "a",
                                        " ",
                                        "  ",
                                        "\n",
                                        "\t",
                                        "<",
                                        ">",
                                        "<b>",
                                        "http://",
                                        "https://",
                                        "http:",
                                        "www.",
                                        "ww",
                                        "w",
                                        "x.org",
                                        "\u00a0",
                                        "\u0085",
                                        "\u2003",
                                        "\u2019",
                                        "\u3000",
                                        "\u3042",
                                        "\u1680",
                                        "\u205f",
                                        "\u202f",
                                        "\u200b",
                                        "\u0935\u0921\u093e",
                                        "\x1c",
                                        "\xE2\x80",
                                        "\xC2",
                                        "://",
                                        ":",
                                        "s",
                                        "some longer ordinary words that fill a block of text",
                                        "h",
                                        "http",
                                        "\r\n",
                                        "\xFF",
                                        "\U0001F600"};
  std::string text;
  const int pieces = static_cast<int>((*rng)() % 40);
  for (int i = 0; i < pieces; ++i) text += kPieces[(*rng)() % std::size(kPieces)];
  return text;
}

TEST(CleanTextV1, AllProbesOfTheOriginal) {
  std::ifstream file(std::string(HUBMILL_SOURCE_DIR) + "/tests/golden/feedback/clean_text.json");
  const nlohmann::json probes = nlohmann::json::parse(file);
  ASSERT_EQ(probes.size(), 36u);
  for (const auto& probe : probes) {
    const auto in = probe["in"].get<std::string>();
    const auto out = probe["out"].get<std::string>();
    EXPECT_EQ(Clean(in, SimdLevel::kScalar), out) << in;
    EXPECT_EQ(Clean(in), out) << in;
    // Long enough for the vector loop, with the probe at each place of a block.
    for (size_t shift = 0; shift < 70; ++shift) {
      const std::string pad(shift, 'x');
      EXPECT_EQ(Clean(pad + " \n" + in + " \n" + std::string(80, 'y')),
                CleanReference::Clean(pad + " \n" + in + " \n" + std::string(80, 'y')));
    }
  }
}

TEST(CleanTextV1, EqualsTheSlowTwinAtEveryLevel) {
  std::mt19937 rng(1);
  for (int round = 0; round < 40000; ++round) {
    const std::string text = Interesting(&rng);
    const std::string expected = CleanReference::Clean(text);
    ASSERT_EQ(Clean(text, SimdLevel::kScalar), expected) << text;
    ASSERT_EQ(Clean(text), expected) << text;
    ASSERT_LE(expected.size(), text.size());
    std::string into = "old";
    CleanTextV1(text, &into);
    ASSERT_EQ(into, expected);
  }
}

TEST(CleanTextV1, CleaningTwiceIsCleaningOnceUnlessADeletionJoinsATag) {
  std::mt19937 rng(2);
  for (int round = 0; round < 10000; ++round) {
    std::string text = Interesting(&rng);
    std::erase_if(text, [](char c) { return c == '<' || c == 'h' || c == 'w'; });
    const std::string once = Clean(text);
    ASSERT_EQ(Clean(once), once);
  }
  EXPECT_EQ(Clean("<a <b\n>c"), "<a <b >c");
  EXPECT_EQ(Clean(Clean("<a <b\n>c")), "c");  // Line ends become blanks only after the tags went.
}

TEST(CleanTextV1, IsLinearOnUnclosedTags) {
  const std::string text(4'000'000, '<');
  EXPECT_EQ(Clean(text), text);
}

TEST(CleanTextV2, RealTagsOnly) {
  EXPECT_EQ(V2("5 < 6 and 7 > 3"), "5 < 6 and 7 > 3");
  EXPECT_EQ(V2("<div\nclass=x>multi</div>line"), "multi line");
  EXPECT_EQ(V2("a<b>b</b>c<br/>d<P>e"), "abc d e");
  EXPECT_EQ(V2("<a href=\"http://x.org/y>z\">link</a> tail"), "link tail");
  EXPECT_EQ(V2("a<!-- x > \n y -->b <!-- open"), "ab <!-- open");
  EXPECT_EQ(V2("a <b and <i>c</i>"), "a <b and c");
  EXPECT_EQ(V2("<!DOCTYPE html><?xml version='1'?>x"), "x");
}

TEST(CleanTextV2, UrlsInAnyCase) {
  EXPECT_EQ(V2("HTTP://X.ORG goes, Https://a.b too, WWW.c.d as well"), "goes, too, as well");
  EXPECT_EQ(V2("awww.site.com stays; http:// too"), "awww.site.com stays; http:// too");
  EXPECT_EQ(V2("(see http://x.org<br>next)"), "(see next)");
}

TEST(CleanTextV2, EntitiesAndInvisibles) {
  EXPECT_EQ(V2("&lt;b&gt; &amp;amp; &#65;&#x42;&nbsp;&nbsp;x&hellip;"), "<b> &amp; AB x\u2026");
  EXPECT_EQ(V2("&#xD800; &#1114112; &unknown; &; & &#; &#x;"),
            "&#xD800; &#1114112; &unknown; &; & &#; &#x;");
  EXPECT_EQ(V2("a\u200bb\ufeffc\u00add\u200ce"), "abcde");
  EXPECT_EQ(V2("\u0915\u094d\u200d\u0937"), "\u0915\u094d\u200d\u0937");
  EXPECT_EQ(V2(" \u3000 x \u2028 y \n"), "x y");
}

TEST(CleanTextV2, NeverGrowsAndKeepsInvalidBytes) {
  std::mt19937 rng(3);
  for (int round = 0; round < 10000; ++round) {
    const std::string text = Interesting(&rng) + "&lt;" + Interesting(&rng);
    ASSERT_LE(V2(text).size(), text.size());
  }
  EXPECT_EQ(V2("a\xFF\xE2\x80 b"), "a\xFF\xE2\x80 b");
  EXPECT_EQ(V2(std::string(1'000'000, '<')).size(), 1'000'000u);
  std::string comments;
  for (int i = 0; i < 200'000; ++i) comments += "<!--";
  EXPECT_EQ(V2(comments), comments);
}

}  // namespace
}  // namespace hubmill

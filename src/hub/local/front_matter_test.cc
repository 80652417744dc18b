#include "hub/local/front_matter.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace hubmill::local_hub {
namespace {

TEST(FrontMatterTest, BecomesJson) {
  const auto card = ParseFrontMatter(
                        "---\nlicense: mit\nsize: 3\nratio: 0.5\nflag: true\nnames:\n  '0': neg\n"
                        "tags: [a, \"1\"]\nempty:\n---\n# Title\n")
                        .ValueOrDie();
  EXPECT_EQ(card.dump(),
            R"({"empty":null,"flag":true,"license":"mit","names":{"0":"neg"},"ratio":0.5,)"
            R"("size":3,"tags":["a","1"]})");
}

TEST(FrontMatterTest, NoBlockIsNull) {
  for (const char* text : {"", "# Title", "---", "--- x\na: 1\n---\n", "---\na: 1\n"}) {
    EXPECT_TRUE(ParseFrontMatter(text).ValueOrDie().is_null()) << text;
  }
}

TEST(FrontMatterTest, BrokenYamlIsRefusedWithItsLine) {
  const auto broken = ParseFrontMatter("---\na: [1\nb: 2\n---\n");
  ASSERT_FALSE(broken.ok());
  EXPECT_NE(broken.status().message().find("line="), std::string::npos);
  EXPECT_FALSE(ParseFrontMatter("---\n- a\n---\n").ok());
}

TEST(FrontMatterTest, AliasBombsAreRefused) {
  std::string text = "---\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 0; k < 9; ++k) text += "," + before;
    text += "]\n";
  }
  EXPECT_FALSE(ParseFrontMatter(text + "---\n").ok());
}

}  // namespace
}  // namespace hubmill::local_hub

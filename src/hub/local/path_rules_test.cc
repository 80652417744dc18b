#include "hub/local/path_rules.h"

#include <gtest/gtest.h>

namespace hubmill::local_hub {
namespace {

TEST(PathRulesTest, RefusesPathsThatLeaveOrHideInARepository) {
  const std::string longest(255, 'a');
  for (const std::string& path :
       {std::string(""), std::string("/a"), std::string("a/../b"), std::string("./a"),
        std::string("a//b"), std::string("a/"), std::string(".git/config"), std::string("x/.GIT/y"),
        std::string("a\nb"), std::string("a\\b"), std::string("a\x7f"), std::string("\xff"),
        std::string("\xc3"), std::string(".cache/huggingface/x"), std::string(4000, 'a'),
        longest + "a"}) {
    EXPECT_NE(PathProblem(path), nullptr) << path;
  }
  for (const std::string& path : {std::string("a"), std::string(".gitattributes"),
                                  std::string("a b/ż 🎉.txt"), longest, std::string("..a/b..")}) {
    EXPECT_EQ(PathProblem(path), nullptr) << path;
  }
}

TEST(PathRulesTest, RepositoryWords) {
  for (const char* word : {"a", "my-data_1.0", "A"}) EXPECT_TRUE(IsRepoWord(word)) << word;
  for (const char* word : {"", ".a", "a.", "-a", "a--b", "a..b", "a.git", "a/b", "ż"}) {
    EXPECT_FALSE(IsRepoWord(word)) << word;
  }
}

TEST(PathRulesTest, IgnoresAsGitDoes) {
  const auto rules = ParseIgnore("# note\n*.tmp\n!keep.tmp\nbuild/\n/only_root\nsub/*.log\n");
  EXPECT_TRUE(IsIgnored(rules, "a.tmp"));
  EXPECT_TRUE(IsIgnored(rules, "x/y/a.tmp"));
  EXPECT_FALSE(IsIgnored(rules, "keep.tmp"));
  EXPECT_TRUE(IsIgnored(rules, "build/x"));
  EXPECT_FALSE(IsIgnored(rules, "build"));
  EXPECT_TRUE(IsIgnored(rules, "only_root"));
  EXPECT_FALSE(IsIgnored(rules, "x/only_root"));
  EXPECT_TRUE(IsIgnored(rules, "sub/a.log"));
  EXPECT_FALSE(IsIgnored(rules, "sub/deep/a.log"));
}

TEST(PathRulesTest, LargeFilePatternsOfANewRepository) {
  const auto patterns = ParseLfsPatterns(DefaultGitAttributes());
  for (const char* path : {"a.parquet", "deep/er/a.bin", "saved_model/x/y", "events.tfevents.1"}) {
    EXPECT_TRUE(IsLfsPath(patterns, path)) << path;
  }
  for (const char* path : {"README.md", "a.jsonl", "parquet"}) {
    EXPECT_FALSE(IsLfsPath(patterns, path)) << path;
  }
}

TEST(PathRulesTest, AHostilePatternEnds) {
  const auto rules = ParseIgnore(std::string("*a*a*a*a*a*a*a*a*a*a*a*a*a*b\n"));
  EXPECT_FALSE(IsIgnored(rules, std::string(1000, 'a')));
}

}  // namespace
}  // namespace hubmill::local_hub

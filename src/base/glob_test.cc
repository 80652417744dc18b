#include "base/glob.h"

#include <gtest/gtest.h>

namespace hubmill {
namespace {

TEST(Glob, StarsAndClassesStayWithinAName) {
  EXPECT_TRUE(MatchesGlob("data/*.csv", "data/a.csv"));
  EXPECT_FALSE(MatchesGlob("data/*.csv", "data/b/a.csv"));
  EXPECT_TRUE(MatchesGlob("t?st-[0-9].[!x]", "test-7.y"));
  EXPECT_FALSE(MatchesGlob("t?st", "t/st"));
  EXPECT_FALSE(MatchesGlob("[!a]", "/"));
  EXPECT_TRUE(MatchesGlob("a[", "a["));
}

TEST(Glob, TwoStarsCrossFolders) {
  EXPECT_TRUE(MatchesGlob("**", "a/b/c"));
  EXPECT_TRUE(MatchesGlob("**.csv", "a/b.csv"));
  EXPECT_TRUE(MatchesGlob("**/test.csv", "test.csv"));
  EXPECT_TRUE(MatchesGlob("**/test.csv", "a/b/test.csv"));
  EXPECT_TRUE(MatchesGlob("a/**/b/**/c*", "a/x/y/b/c/b/cd"));
  EXPECT_TRUE(MatchesGlob("a/**/b", "a/b"));
  EXPECT_TRUE(MatchesGlob("**/*-test.*", "a/my-test.csv"));
}

TEST(Glob, TwoStarsAndASlashEndWhereAFolderDoes) {
  EXPECT_FALSE(MatchesGlob("**/test.csv", "protest.csv"));
  EXPECT_FALSE(MatchesGlob("**/test.csv", "a/contest.csv"));
  EXPECT_FALSE(MatchesGlob("a/**/b", "a/xb"));
  EXPECT_FALSE(MatchesGlob("**/b/c", "ab/c"));
}

TEST(Glob, KnowsAPattern) {
  EXPECT_TRUE(HasGlob("a*"));
  EXPECT_TRUE(HasGlob("a?"));
  EXPECT_TRUE(HasGlob("[a"));
  EXPECT_FALSE(HasGlob("a]b/{c}"));
}

}  // namespace
}  // namespace hubmill

#include "run/dotenv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace hubmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

TEST(ParseDotenv, ReadsNamesQuotesAndComments) {
  const auto pairs = ParseDotenv(
      "# note\nA=1\r\nexport B = two words # why\nC=\"x\\\"\\n#\"\nD='$A \\n' # end\nE=\n\nA=2",
      "f");
  ASSERT_TRUE(pairs.ok()) << pairs.status();
  EXPECT_THAT(*pairs, ElementsAre(Pair("B", "two words"), Pair("C", "x\"\n#"), Pair("D", "$A \\n"),
                                  Pair("E", ""), Pair("A", "2")));
}

TEST(ParseDotenv, RefusesABrokenLineWithoutShowingIt) {
  for (const char* text :
       {"A=1\nsecret", "A=1\n9X=secret", "A=1\nB='secret", "A=1\nB=\"s\" secret"}) {
    const auto pairs = ParseDotenv(text, "the.env");
    ASSERT_FALSE(pairs.ok()) << text;
    EXPECT_EQ(KindOf(pairs.status()), FailureKind::kWrongUsage);
    EXPECT_THAT(pairs.status().message(), HasSubstr("file=the.env line=2"));
    EXPECT_THAT(pairs.status().message(), Not(HasSubstr("secret")));
  }
}

TEST(FindDotenv, LooksUpTheTree) {
  const auto root = std::filesystem::path(testing::TempDir()) /
                    ("hubmill_dotenv_test_" + std::to_string(getpid()));
  std::filesystem::create_directories(root / "a" / "b");
  std::ofstream(root / ".env") << "HUBMILL_TEST=up\n";
  const auto pairs = FindDotenv((root / "a" / "b").string());
  ASSERT_TRUE(pairs.ok()) << pairs.status();
  EXPECT_THAT(*pairs, ElementsAre(Pair("HUBMILL_TEST", "up")));
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace hubmill

#include "text/characters.h"

#include <gtest/gtest.h>

namespace hubmill {
namespace {

TEST(Characters, Count) {
  EXPECT_EQ(CharacterCount(""), 0);
  EXPECT_EQ(CharacterCount("aüß🎉"), 4);
}

TEST(Characters, First) {
  EXPECT_EQ(FirstCharacters("aüß🎉", 0), "");
  EXPECT_EQ(FirstCharacters("aüß🎉", 2), "aü");
  EXPECT_EQ(FirstCharacters("aüß🎉", 4), "aüß🎉");
  EXPECT_EQ(FirstCharacters("aüß🎉", 5), "aüß🎉");
  EXPECT_EQ(FirstCharacters("a\x80\x80", 1),
            "a\x80\x80");  // Stray bytes belong to what was before.
}

}  // namespace
}  // namespace hubmill

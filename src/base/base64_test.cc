#include "base/base64.h"

#include <gtest/gtest.h>

namespace hubmill {
namespace {

TEST(Base64, Encodes) {
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("fo"), "Zm8=");
  EXPECT_EQ(Base64("foo\xff"), "Zm9v/w==");
}

TEST(Base64, Decodes) {
  EXPECT_EQ(DecodeBase64(""), "");
  EXPECT_EQ(DecodeBase64("aA=="), "h");
  EXPECT_EQ(DecodeBase64("aGk="), "hi");
  EXPECT_EQ(DecodeBase64("aGkh"), "hi!");
  for (const char* text : {"a", "a===", "aG k", "aGk=aGk="}) {
    EXPECT_EQ(DecodeBase64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace hubmill

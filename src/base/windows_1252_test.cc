#include "base/windows_1252.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace hubmill {
namespace {

std::string Converted(std::string_view text) {
  std::string out = "<";
  AppendWindows1252AsUtf8(text, &out);
  return out;
}

TEST(Windows1252, AsUtf8) {
  EXPECT_EQ(Converted("Web Attack \x96 XSS"), "<Web Attack \u2013 XSS");
  EXPECT_EQ(Converted("\x80\x9f\xa0\xe9\xff"), "<\u20ac\u0178\u00a0\u00e9\u00ff");
  EXPECT_EQ(Converted("\x81"), std::string("<\xc2\x81"));
}

TEST(Windows1252, EveryByteIsACharacter) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += char(i);
  const std::string out = Converted(all);
  EXPECT_TRUE(IsValidUtf8(out));
  size_t characters = 0;
  for (size_t at = 0; at < out.size(); at += DecodeUtf8(out, at).size_bytes) ++characters;
  EXPECT_EQ(characters, 257u);
}

}  // namespace
}  // namespace hubmill

#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>

#include "base/clock.h"

namespace hubmill {
namespace {

TEST(Utf8, EveryScalarValueRoundTrips) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string text;
    AppendUtf8(c, &text);
    const Utf8Char decoded = DecodeUtf8(text, 0);
    ASSERT_TRUE(decoded.valid);
    ASSERT_EQ(decoded.code_point, c);
    ASSERT_EQ(decoded.size_bytes, text.size());
    ASSERT_EQ(PythonSpaceBytes(text.data(), text.size()), IsPythonSpace(c) ? text.size() : 0)
        << static_cast<uint32_t>(c);
  }
}

TEST(Utf8, RefusesWhatIsNotUtf8) {
  for (const char* bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xE2\x82", "\xC3", "a\xFF", "\xF0\x82\x82\xAC"}) {
    EXPECT_FALSE(IsValidUtf8(bad)) << bad;
    EXPECT_FALSE(IsValidUtf8(std::string(40, 'x') + bad)) << bad;
  }
  EXPECT_TRUE(IsValidUtf8(""));
  EXPECT_TRUE(
      IsValidUtf8("plain, caf\u00e9, \u0935\u0921\u093e, \U0001F600 and sixteen bytes more"));
}

TEST(Utf8, StripsAndCountsAsPythonDoes) {
  EXPECT_EQ(StripPythonSpace(" \t\u00a0\u2003a b\u3000\x1c\u0085\n"), "a b");
  EXPECT_EQ(StripPythonSpace("\u200ba"), "\u200ba");
  EXPECT_EQ(StripPythonSpace(" \n\u2028 "), "");
  EXPECT_EQ(StripPythonSpace(""), "");
  EXPECT_EQ(CountCodePoints(""), 0U);
  EXPECT_EQ(CountCodePoints("a\u00e9\u3042\U0001D538"), 4U);
  // Lanes and what is left beside them, at every length around a block and beyond 255 blocks.
  std::string text;
  size_t count = 0;
  while (text.size() < 64 * 300) {
    text += count % 3 == 0 ? "\U0001D538" : count % 3 == 1 ? "x" : "\u00e9";
    ++count;
    if (text.size() < 400) {
      EXPECT_EQ(CountCodePoints(text), count);
    }
  }
  EXPECT_EQ(CountCodePoints(text), count);
}

TEST(Clock, SystemClockIsAfterThisFileWasWritten) {
  EXPECT_GT(SystemClock().UnixNanos(), int64_t{1'700'000'000} * 1'000'000'000);
}

}  // namespace
}  // namespace hubmill

// The tree keeps what it parsed, and refuses what it cannot keep.
#include "io/thrift_compact.h"

#include <gtest/gtest.h>

namespace hubmill {
namespace {

TEST(ThriftCompact, RendersWhatItParsed) {
  // 1: i32 = 1; 3: list<i64> [1, -1]; 4: true; 20: binary "ab"; 21: struct {}; 22: double; 23:
  // byte.
  const std::string bytes(
      "\x15\x02\x29\x26\x02\x01\x11\x08\x28\x02"
      "ab\x1c\x00\x17\x00\x00\x00\x00\x00\x00\xf0\x3f\x13\x07\x00",
      26);
  std::string_view rest = bytes;
  const ThriftValue value = ParseThrift(&rest).ValueOrDie();
  EXPECT_TRUE(rest.empty());
  EXPECT_EQ(value.Find(1)->number, 1);
  EXPECT_EQ(value.Find(3)->items[1].number, -1);
  EXPECT_EQ(value.Find(20)->bytes, "ab");
  EXPECT_EQ(value.Find(99), nullptr);
  std::string out;
  RenderThrift(value, &out);
  EXPECT_EQ(out, bytes);
}

TEST(ThriftCompact, RefusesWhatIsCutOffOrTooDeep) {
  for (const std::string& bad : {std::string(), std::string("\x15", 1), std::string("\x15\xff", 2),
                                 std::string("\x19\xf5\xff", 3),
                                 std::string("\x18\x05"
                                             "a",
                                             3),
                                 std::string("\x1b\x00\x00", 3), std::string(100, '\x1c')}) {
    std::string_view rest = bad;
    EXPECT_FALSE(ParseThrift(&rest).ok());
  }
}

}  // namespace
}  // namespace hubmill

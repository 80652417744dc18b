#include "base/sha1_pair.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/hash.h"

namespace hubmill {
namespace {

std::string Bytes(size_t size, uint32_t seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

TEST(Sha1PairTest, KnownValues) {
  const auto [abc, empty] = Sha1HexPair("abc", "");
  EXPECT_EQ(abc, "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(empty, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

// Every length around the borders of blocks and of the padding, beside one that is longer or
// shorter.
TEST(Sha1PairTest, EqualsOneAtATime) {
  for (size_t size = 0; size <= 260; ++size) {
    const std::string first = Bytes(size, static_cast<uint32_t>(size));
    for (const size_t other : {size, size / 2, size + 1, size_t(64), size_t(1000)}) {
      const std::string second = Bytes(other, static_cast<uint32_t>(7 * size + other));
      const auto [one, two] = Sha1HexPair(first, second);
      ASSERT_EQ(one, Sha1Hex(first)) << size;
      ASSERT_EQ(two, Sha1Hex(second)) << other;
    }
  }
  const std::string large = Bytes(1 << 20, 1);
  const auto [whole, end] = Sha1HexPair(large, std::string_view(large).substr(333));
  EXPECT_EQ(whole, Sha1Hex(large));
  EXPECT_EQ(end, Sha1Hex(std::string_view(large).substr(333)));
}

}  // namespace
}  // namespace hubmill

#include "base/sha256_short.h"

#include <gtest/gtest.h>

#include <string>

#include "base/hash.h"

namespace hubmill {
namespace {

TEST(Sha256Short, EqualsTheStartOfTheWholeDigest) {
  Sha256Short sha256;
  std::string text;
  for (int i = 0; i < 200; ++i, text += char('a' + i % 26)) {
    EXPECT_EQ(HexOf(sha256.First64(text)), Sha256Hex(text).substr(0, 16)) << i;
  }
}

}  // namespace
}  // namespace hubmill

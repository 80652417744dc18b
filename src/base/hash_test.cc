#include "base/hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace hubmill {
namespace {

TEST(Hash, KnownValues) {
  // From the reference programs: sha256sum, xxhsum -H2 and -H3 of no bytes.
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HexOf(Xxh3Hash128("")), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(HexOf(Xxh3Hash64("")), "2d06800538d394c2");
}

TEST(Hash, Sha1AsOthersNameIt) {
  EXPECT_EQ(Sha1Hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(Sha1Hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(Sha1Hex("\u00e9"), "bf15be717ac1b080b4f1c456692825891ff5073d");
}

TEST(Hash, StreamsEqualOneShot) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += static_cast<char>(i * 131 >> 3);
  for (const uint64_t seed : {uint64_t{0}, uint64_t{77}}) {
    Xxh3Stream stream(seed);
    Sha256Stream sha;
    for (size_t i = 0; i < text.size(); i += 37) {
      stream.Update(std::string_view(text).substr(i, 37));
      sha.Update(std::string_view(text).substr(i, 37));
    }
    EXPECT_EQ(stream.Digest128(), Xxh3Hash128(text, seed));
    EXPECT_EQ(sha.HexDigest(), Sha256Hex(text));
  }
}

TEST(Hash, LongAndShortPiecesGiveOneValue) {
  // Long ones are hashed with AVX2 where there is any, short ones never are.
  std::string text;
  for (int i = 0; i < 100'000; ++i) text.push_back(char(i * 7 + i / 251));
  for (const size_t size : {241, 1'024, 1'025, 65'536, 100'000}) {
    Xxh3Stream stream(size);
    for (size_t at = 0; at < size; at += 97)
      stream.Update(text.substr(at, std::min(size - at, size_t{97})));
    EXPECT_EQ(stream.Digest128(), Xxh3Hash128(std::string_view(text).substr(0, size), size));
    Xxh3Stream whole(size);
    whole.Update(std::string_view(text).substr(0, size));
    EXPECT_EQ(whole.Digest128(), stream.Digest128());
  }
}

TEST(Hash, SplitDependsOnKeyAndSeedAndMeetsTheShares) {
  const double cumulative[] = {0.8, 0.9, 1.0};
  int counts[3] = {};
  int moved = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::string key = "row" + std::to_string(i);
    const int part = SplitOfHash(key, 1, cumulative);
    ASSERT_TRUE(part >= 0 && part < 3);
    EXPECT_EQ(part, SplitOfHash(key, 1, cumulative));
    ++counts[part];
    moved += part != SplitOfHash(key, 2, cumulative);
  }
  EXPECT_NEAR(counts[0], 16000, 300);
  EXPECT_NEAR(counts[1], 2000, 200);
  EXPECT_NEAR(counts[2], 2000, 200);
  EXPECT_GT(moved, 1000);
}

}  // namespace
}  // namespace hubmill

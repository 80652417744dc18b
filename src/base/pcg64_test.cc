// Vectors are NumPy 2.4's: default_rng(seed).bit_generator.random_raw and .permutation.
#include "base/pcg64.h"

#include <gmock/gmock.h>

namespace hubmill {
namespace {

using ::testing::ElementsAre;

TEST(Pcg64, DrawsNumPysWords) {
  Pcg64 random(42);
  EXPECT_EQ(random.Next64(), 14276969152011380360u);
  EXPECT_EQ(random.Next64(), 8095878257575067585u);
  EXPECT_EQ(random.Next64(), 15838336090824644132u);
}

TEST(Pcg64, PermutesAsNumPy) {
  EXPECT_THAT(Pcg64(42).Permutation(10), ElementsAre(5, 6, 0, 7, 3, 2, 4, 9, 1, 8));
  EXPECT_THAT(Pcg64(43).Permutation(12), ElementsAre(10, 9, 2, 7, 11, 5, 8, 1, 4, 6, 0, 3));
  EXPECT_THAT(Pcg64(0).Permutation(5), ElementsAre(2, 4, 3, 0, 1));
  EXPECT_TRUE(Pcg64(1).Permutation(0).empty());
  EXPECT_THAT(Pcg64(1).Permutation(1), ElementsAre(0));
}

TEST(Pcg64, PermutesManyRowsAsNumPy) {
  int64_t sum = 0;
  const std::vector<int64_t> rows = Pcg64(42).Permutation(100'000);
  for (size_t i = 0; i < rows.size(); ++i) sum += rows[i] * int64_t(i) % 1'000'003;
  EXPECT_EQ(sum, 50'067'448'952);
}

}  // namespace
}  // namespace hubmill

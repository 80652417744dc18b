#include "stages/near_clusters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hubmill {
namespace {

using ::testing::ElementsAre;

TEST(NearClusters, JoinsChains) {
  NearClusters clusters(2);
  clusters.Add(std::vector<uint64_t>{1, 10});
  clusters.Add(std::vector<uint64_t>{2, 20});
  clusters.Add(std::vector<uint64_t>{3, 30});
  clusters.Add(std::vector<uint64_t>{2, 10});  // Joins the first and the second.
  clusters.Add(std::vector<uint64_t>{10, 2});  // The same keys, in other bands.
  EXPECT_THAT(clusters.Cluster(), ElementsAre(0, 0, 2, 0, 4));
}

TEST(NearClusters, OfNoRows) { EXPECT_TRUE(NearClusters(3).Cluster().empty()); }

TEST(NearClusters, AMillionRowsUnderOneKey) {
  NearClusters clusters(1);
  for (int i = 0; i < 1'000'000; ++i) clusters.Add(std::vector<uint64_t>{7});
  const std::vector<uint32_t> roots = clusters.Cluster();
  EXPECT_EQ(roots.back(), 0U);
}

}  // namespace
}  // namespace hubmill

#include "stages/near_clusters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace hubmill {
namespace {

using ::testing::ElementsAre;

TEST(NearClusters, JoinsChains) {
  NearClusters clusters({.bands = 2});
  EXPECT_TRUE(clusters.Add(std::vector<uint64_t>{1, 10}).ok());
  EXPECT_TRUE(clusters.Add(std::vector<uint64_t>{2, 20}).ok());
  EXPECT_TRUE(clusters.Add(std::vector<uint64_t>{3, 30}).ok());
  EXPECT_TRUE(clusters.Add(std::vector<uint64_t>{2, 10}).ok());  // Joins the first and the second.
  EXPECT_TRUE(clusters.Add(std::vector<uint64_t>{10, 2}).ok());  // The same keys, in other bands.
  EXPECT_THAT(*clusters.Cluster(), ElementsAre(0, 0, 2, 0, 4));
}

TEST(NearClusters, OfNoRows) { EXPECT_TRUE(NearClusters({.bands = 3}).Cluster()->empty()); }

TEST(NearClusters, AMillionRowsUnderOneKey) {
  NearClusters clusters({.bands = 1});
  for (int i = 0; i < 1'000'000; ++i) EXPECT_TRUE(clusters.Add(std::vector<uint64_t>{7}).ok());
  const std::vector<uint32_t> roots = *clusters.Cluster();
  EXPECT_EQ(roots.back(), 0U);
}

TEST(NearClusters, FilesPartsAndThreadsChangeNothing) {
  const auto clusters_of = [](int64_t memory_bytes_max, int threads) {
    NearClusters clusters({.bands = 3, .memory_bytes_max = memory_bytes_max, .spill_dir = "/tmp"});
    uint64_t state = 1;
    for (int row = 0; row < 700'000; ++row) {  // More than one table of 16 MiB takes.
      std::vector<uint64_t> keys(3);
      for (uint64_t& key : keys) {
        state = state * 6364136223846793005 + 1442695040888963407;
        key = ((state >> 33) % 3'000'000) * 0x9E3779B97F4A7C15;
      }
      EXPECT_TRUE(clusters.Add(keys).ok());
    }
    EXPECT_EQ(clusters.spilled_bytes() > 0, memory_bytes_max < INT64_MAX);
    return *clusters.Cluster(threads);
  };
  const std::vector<uint32_t> in_memory = clusters_of(INT64_MAX, 1);
  EXPECT_EQ(in_memory, clusters_of(1 << 20, 1));
  EXPECT_EQ(in_memory, clusters_of(INT64_MAX, 8));
  EXPECT_EQ(in_memory, clusters_of(1 << 20, 3));
  EXPECT_GT(std::set<uint32_t>(in_memory.begin(), in_memory.end()).size(), 1'000U);
}

TEST(NearClusters, AFolderThatIsNotThereIsNamed) {
  NearClusters clusters({.bands = 1, .memory_bytes_max = 1, .spill_dir = "/nowhere/at/all"});
  Status status;
  for (int row = 0; row < 100'000 && status.ok(); ++row) {
    status = clusters.Add(std::vector<uint64_t>{uint64_t(row)});
  }
  EXPECT_THAT(status.message(), ::testing::HasSubstr("/nowhere/at/all"));
}

}  // namespace
}  // namespace hubmill

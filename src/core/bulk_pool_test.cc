#include "core/bulk_pool.h"

#include <arrow/buffer.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <thread>

namespace hubmill {
namespace {

TEST(BulkPoolTest, GivesABlockBackToTheNext) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "blocks are not kept under the address sanitizer";
#endif
  arrow::MemoryPool* pool = BulkPool();
  uint8_t* first = nullptr;
  ASSERT_TRUE(pool->Allocate(3 << 20, &first).ok());
  pool->Free(first, 3 << 20);
  uint8_t* second = nullptr;
  ASSERT_TRUE(pool->Allocate((3 << 20) - 1000, &second).ok());
  EXPECT_EQ(first, second);
  pool->Free(second, (3 << 20) - 1000);
}

TEST(BulkPoolTest, AKeptBlockMayBeLargerButNotHalfEmpty) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "blocks are not kept under the address sanitizer";
#endif
  arrow::MemoryPool* pool = BulkPool();
  uint8_t* first = nullptr;
  ASSERT_TRUE(pool->Allocate(40 << 20, &first).ok());
  pool->Free(first, 40 << 20);
  uint8_t* second = nullptr;
  ASSERT_TRUE(pool->Allocate(25 << 20, &second).ok());
  EXPECT_EQ(first, second);
  ASSERT_TRUE(pool->Reallocate(25 << 20, 39 << 20, &second).ok());
  EXPECT_EQ(first, second);
  pool->Free(second, 39 << 20);
  uint8_t* third = nullptr;
  ASSERT_TRUE(pool->Allocate(15 << 20, &third).ok());
  EXPECT_NE(first, third);
  pool->Free(third, 15 << 20);
}

// Every block keeps its bytes through growth and shrinking, on several threads at once.
TEST(BulkPoolTest, BlocksKeepTheirBytes) {
  const int64_t before = BulkPool()->bytes_allocated();
  auto work = [](uint32_t seed) {
    std::mt19937 random(seed);
    for (int round = 0; round < 300; ++round) {
      int64_t size = int64_t(random() % (2 << 20)) + 1;
      uint8_t* block = nullptr;
      ASSERT_TRUE(BulkPool()->Allocate(size, &block).ok());
      ASSERT_EQ(reinterpret_cast<uintptr_t>(block) % 64, 0u);
      std::memset(block, int(seed), size_t(size));
      for (int k = 0; k < 3; ++k) {
        const int64_t next = int64_t(random() % (2 << 20)) + 1;
        ASSERT_TRUE(BulkPool()->Reallocate(size, next, &block).ok());
        for (int64_t at : {int64_t(0), std::min(size, next) / 2, std::min(size, next) - 1}) {
          ASSERT_EQ(block[at], uint8_t(seed));
        }
        size = next;
        std::memset(block, int(seed), size_t(size));
      }
      BulkPool()->Free(block, size);
    }
  };
  std::vector<std::thread> threads;
  for (uint32_t seed = 1; seed <= 4; ++seed) threads.emplace_back(work, seed);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(BulkPool()->bytes_allocated(), before);
}

}  // namespace
}  // namespace hubmill

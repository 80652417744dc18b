#include "hub/hub_cache.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

namespace hubmill {
namespace {

namespace fs = std::filesystem;

class HubCacheTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = (fs::path(::testing::TempDir()) / ("hub_cache_" + std::to_string(getpid()))).string();
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string folder_;
};

TEST_F(HubCacheTest, KeepsWhatWasWritten) {
  HubCache cache({.folder = folder_});
  EXPECT_EQ(cache.Read("parts/a"), std::nullopt);
  cache.Write("parts/a", std::string("x\0y", 3));
  cache.Write("parts/b", "");
  EXPECT_EQ(cache.Read("parts/a"), std::string("x\0y", 3));
  EXPECT_EQ(HubCache({.folder = folder_}).Read("parts/b"), "");
  EXPECT_EQ(cache.Measure().entries, 2);
  struct stat facts {};
  ASSERT_EQ(stat(folder_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0700u);
  cache.Remove("parts/a");
  EXPECT_EQ(cache.Read("parts/a"), std::nullopt);
  std::ofstream(folder_ + "/mine.txt") << "not of the cache";
  cache.Remove("");
  EXPECT_EQ(cache.Measure().entries, 0);
  EXPECT_TRUE(fs::exists(folder_ + "/mine.txt"));
}

TEST_F(HubCacheTest, ADamagedEntryIsMissing) {
  HubCache cache({.folder = folder_});
  cache.Write("e", std::string(1000, 'x'));
  cache.Write("f", "other");
  const std::string path = folder_ + "/v1/e";
  for (const int at : {0, 500, 999, 1010}) {
    cache.Write("e", std::string(1000, 'x'));
    std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(at).put('y');
    EXPECT_EQ(cache.Read("e"), std::nullopt) << at;
  }
  for (const int bytes : {0, 10, 32, 1031}) {
    cache.Write("e", std::string(1000, 'x'));
    fs::resize_file(path, bytes);
    EXPECT_EQ(cache.Read("e"), std::nullopt) << bytes;
  }
  fs::copy_file(folder_ + "/v1/f", path, fs::copy_options::overwrite_existing);
  EXPECT_EQ(cache.Read("e"), std::nullopt);  // Whole, but another's.
  EXPECT_EQ(cache.Read("f"), "other");
}

TEST_F(HubCacheTest, WhatWasNotUsedForLongestGoes) {
  const std::string bytes(100'000, 'x');
  HubCache cache({.folder = folder_, .bytes_max = 1'000'000});
  for (int i = 0; i < 9; ++i) {
    cache.Write("d/" + std::to_string(i), bytes);
    const timespec times[2] = {{1000 + i, 0}, {1000 + i, 0}};
    utimensat(AT_FDCWD, (folder_ + "/v1/d/" + std::to_string(i)).c_str(), times, 0);
  }
  EXPECT_TRUE(cache.Read("d/0").has_value());  // Used now.
  cache.Write("d/9", bytes);
  EXPECT_LE(cache.Measure().bytes, 1'000'000);
  EXPECT_TRUE(cache.Read("d/0").has_value());
  EXPECT_EQ(cache.Read("d/1"), std::nullopt);
  EXPECT_TRUE(cache.Read("d/9").has_value());
  cache.Write("large", std::string(2'000'000, 'x'));
  EXPECT_EQ(cache.Read("large"), std::nullopt);
}

TEST_F(HubCacheTest, KeepsNothingWhereItMayOrCanNot) {
  HubCache off({.folder = folder_, .bytes_max = 0});
  off.Write("a", "x");
  EXPECT_EQ(off.Read("a"), std::nullopt);
  EXPECT_FALSE(fs::exists(folder_));
  std::ofstream(folder_) << "a file where the folder should be";
  HubCache blocked({.folder = folder_});
  blocked.Write("a", "x");
  EXPECT_EQ(blocked.Read("a"), std::nullopt);
}

TEST_F(HubCacheTest, ManyWritersLeaveWholeEntries) {
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&] {
      HubCache cache({.folder = folder_, .bytes_max = 400'000});
      for (int i = 0; i < 100; ++i) {
        const std::string name = "d/" + std::to_string(i % 10);
        const std::string wanted(50'000 + i % 10, static_cast<char>('a' + i % 10));
        cache.Write(name, wanted);
        const auto read = cache.Read(name);
        EXPECT_TRUE(!read || *read == wanted);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_LE(HubCache({.folder = folder_}).Measure().bytes, 4 * 400'000);
}

TEST(FindHubCache, ReadsTheEnvironment) {
  std::map<std::string, std::string> values = {{"HOME", "/h"}};
  const auto lookup = [&](const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
  EXPECT_EQ(FindHubCache(lookup)->folder, "/h/.cache/hubmill/hub");
  EXPECT_EQ(FindHubCache(lookup)->bytes_max, kHubCacheGibDefault << 30);
  values["XDG_CACHE_HOME"] = "/x";
  EXPECT_EQ(FindHubCache(lookup)->folder, "/x/hubmill/hub");
  values["HUBMILL_CACHE"] = "/c";
  values["HUBMILL_CACHE_GB"] = "0";
  EXPECT_EQ(FindHubCache(lookup)->folder, "/c");
  EXPECT_EQ(FindHubCache(lookup)->bytes_max, 0);
  for (const char* bad : {"", "-1", "2x", "99999999999999999999"}) {
    values["HUBMILL_CACHE_GB"] = bad;
    EXPECT_EQ(KindOf(FindHubCache(lookup).status()), FailureKind::kWrongUsage) << bad;
  }
  values.clear();
  EXPECT_EQ(FindHubCache(lookup)->bytes_max, 0);
}

}  // namespace
}  // namespace hubmill

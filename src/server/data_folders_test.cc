#include "server/data_folders.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace hubmill::server {
namespace {

namespace fs = std::filesystem;

class DataFoldersTest : public testing::Test {
 protected:
  DataFoldersTest()
      : root_(fs::temp_directory_path() / ("hubmill_folders_" + std::to_string(getpid()))) {
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~DataFoldersTest() override { fs::remove_all(root_); }

  void Make(const std::string& path, const std::string& text = "x") {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  std::string Names(const std::vector<std::string>& folders, size_t count_max = 100) {
    std::string names;
    for (const DataFolder& folder : FindDataFolders(folders, count_max)) names += folder.name + " ";
    return names;
  }

  const fs::path root_;
};

TEST_F(DataFoldersTest, SubfoldersWithDataAreSets) {
  Make("b/data/train-00000-of-00001.parquet");
  Make("a/rows.jsonl.zst");
  Make("notes/readme.txt");
  Make(".cache/rows.jsonl");
  EXPECT_EQ(Names({root_.string()}), "a b ");
}

TEST_F(DataFoldersTest, AFolderWithDataIsOneSetItself) {
  Make("out/manifest.json");
  Make("out/chat/train.parquet");
  EXPECT_EQ(Names({(root_ / "out").string()}), "out ");
  Make("flat/rows.csv");
  Make("flat/more/rows.csv");
  EXPECT_EQ(Names({(root_ / "flat").string()}), "flat ");
  Make("carded/rows.csv");
  Make("carded/README.md", "---\nlicense: mit\n---\n");
  EXPECT_EQ(Names({(root_ / "carded").string()}), "carded ");
}

TEST_F(DataFoldersTest, NotesAndLooseFilesHideNoDataSets) {
  Make("work/README.md", "# Notes\n");
  Make("work/first/rows.csv");
  Make("work/out/manifest.json");
  Make("work/out/data/train.parquet");
  EXPECT_EQ(Names({(root_ / "work").string()}), "first out ");
  Make("work/why.parquet");
  EXPECT_EQ(Names({(root_ / "work").string()}), "first out ");
}

TEST_F(DataFoldersTest, TheFolderOfAHubIsNoDataSet) {
  Make("hub/store_id");
  Make("hub/repos/datasets/alice/set/rows.jsonl");
  Make("rows/rows.csv");
  EXPECT_EQ(Names({root_.string()}), "rows ");
}

TEST_F(DataFoldersTest, FoldersOfOneNameAreToldApart) {
  Make("x/set/rows.csv");
  Make("y/set/rows.csv");
  EXPECT_EQ(Names({(root_ / "x").string(), (root_ / "y").string()}), "set set-2 ");
}

TEST_F(DataFoldersTest, LinksAreNotFollowed) {
  Make("real/rows.csv");
  fs::create_directories(root_ / "sets");
  fs::create_directory_symlink(root_ / "real", root_ / "sets/link");
  EXPECT_EQ(Names({(root_ / "sets").string()}), "");
}

TEST_F(DataFoldersTest, NoMoreThanAskedFor) {
  for (const char* name : {"a/r.csv", "b/r.csv", "c/r.csv"}) Make(name);
  EXPECT_EQ(Names({root_.string()}, 2), "a b ");
}

TEST_F(DataFoldersTest, WhatIsNotThereHasNone) { EXPECT_EQ(Names({"/nonexistent"}), ""); }

}  // namespace
}  // namespace hubmill::server

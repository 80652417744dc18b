#include "io/folder_update.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "io/temporary_folder.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

class FolderUpdate : public testing::Test {
 protected:
  void SetUp() override { root_ = *TemporaryFolder::Make("folder-update"); }
  std::string Path(const std::string& name) const { return root_->path() + "/" + name; }
  std::string Read(const std::string& name) const {
    std::ifstream file(Path(name));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  std::unique_ptr<TemporaryFolder> root_;
};

TEST_F(FolderUpdate, MakesTheFolder) {
  ASSERT_TRUE(UpdateFolder(Path("a/b"), {{"x", "1"}, {"y", ""}}).ok());
  EXPECT_EQ(Read("a/b/x"), "1");
  EXPECT_TRUE(fs::exists(Path("a/b/y")));
  EXPECT_EQ(std::distance(fs::directory_iterator(Path("a")), {}), 1) << "nothing is left beside it";
}

TEST_F(FolderUpdate, KeepsWhatItIsNotAbout) {
  fs::create_directories(Path("out/sub"));
  std::ofstream(Path("out/sub/kept")) << "kept";
  std::ofstream(Path("out/x")) << "old";
  std::ofstream(Path("out/gone")) << "old";
  fs::create_symlink("x", Path("out/link"));
  ASSERT_TRUE(UpdateFolder(Path("out/"), {{"x", "new"}}, {"gone", "never-there"}).ok());
  EXPECT_EQ(Read("out/x"), "new");
  EXPECT_EQ(Read("out/sub/kept"), "kept");
  EXPECT_EQ(Read("out/link"), "new");
  EXPECT_FALSE(fs::exists(Path("out/gone")));
}

TEST_F(FolderUpdate, TheFolderItselfStays) {
  fs::create_directories(Path("out"));
  fs::permissions(Path("out"), fs::perms::owner_all);
  struct stat before {};
  struct stat after {};
  ASSERT_EQ(stat(Path("out").c_str(), &before), 0);
  ASSERT_TRUE(UpdateFolder(Path("out"), {{"a", "1"}, {"b", "2"}}, {}, "a").ok());
  ASSERT_EQ(stat(Path("out").c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(before.st_mode, after.st_mode);
  EXPECT_EQ(std::distance(fs::directory_iterator(Path("out")), {}), 2) << "nothing else is left";
}

TEST_F(FolderUpdate, ChangesNothingWhereItFails) {
  fs::create_directories(Path("out"));
  std::ofstream(Path("out/x")) << "old";
  const Status status = UpdateFolder(Path("out"), {{"x", "new"}, {std::string(300, 'n'), ""}});
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(Read("out/x"), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(root_->path()), {}), 1);
  std::ofstream(Path("file")) << "x";
  EXPECT_EQ(KindOf(UpdateFolder(Path("file"), {{"x", "new"}})), FailureKind::kWrongUsage);
}

}  // namespace
}  // namespace hubmill

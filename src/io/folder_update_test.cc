#include "io/folder_update.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

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

TEST_F(FolderUpdate, ANameThatAFolderHasChangesNothing) {
  fs::create_directories(Path("out/z"));
  std::ofstream(Path("out/x")) << "old";
  EXPECT_FALSE(UpdateFolder(Path("out"), {{"x", "new"}, {"z", "new"}}, {}, "z").ok());
  EXPECT_FALSE(UpdateFolder(Path("out"), {{"x", "new"}}, {"z"}).ok());
  EXPECT_EQ(Read("out/x"), "old");
}

TEST_F(FolderUpdate, WaitsForItsTurn) {
  fs::create_directories(Path("out"));
  int held = open(Path("out").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(flock(held, LOCK_EX), 0);
  const Status status = UpdateFolder(Path("out"), {{"x", "1"}}, {}, "", /*wait_ms=*/50);
  EXPECT_EQ(KindOf(status), FailureKind::kRunFailed);
  EXPECT_THAT(status.message(), testing::HasSubstr("path=" + Path("out")));
  EXPECT_THAT(status.message(), testing::HasSubstr("holder: "));
  EXPECT_FALSE(fs::exists(Path("out/x")));
  std::thread other([held] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    close(held);
  });
  EXPECT_TRUE(UpdateFolder(Path("out"), {{"x", "1"}}).ok());
  other.join();
  EXPECT_EQ(Read("out/x"), "1");
  std::vector<std::thread> many;
  for (int i = 0; i < 8; ++i) {
    many.emplace_back([this, i] {
      EXPECT_TRUE(UpdateFolder(Path("out"), {{Concat("f", i), "1"}}).ok());
    });
  }
  for (std::thread& one : many) one.join();
  EXPECT_EQ(std::distance(fs::directory_iterator(Path("out")), {}), 9);
}

}  // namespace
}  // namespace hubmill

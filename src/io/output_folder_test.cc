#include "io/output_folder.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

void Put(const std::string& path, const std::string& text) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path) << text;
}

std::string Text(const std::string& path) {
  std::ifstream file(path);
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

/// A manifest that lists data/a.jsonl.
constexpr char kManifest[] =
    R"({"hubmill": "0", "datasets": [{"files": [{"path": "data/a.jsonl"}]}]})";

void WriteOutput(const OutputFolder& folder, const std::string& text) {
  Put(folder.staging_dir() + "/data/a.jsonl", text);
  Put(folder.staging_dir() + "/README.md", "card");
  Put(folder.staging_dir() + "/manifest.json", kManifest);
}

class OutputFolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "output-folder-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    target_ = root_ + "/out";
  }
  void TearDown() override { fs::remove_all(root_); }

  std::unique_ptr<OutputFolder> Open(const std::string& fingerprint = "f", bool fresh = false) {
    auto folder = OutputFolder::Open(target_, fingerprint, fresh);
    EXPECT_TRUE(folder.ok()) << folder.status();
    return folder.ok() ? std::move(*folder) : nullptr;
  }

  std::string root_;
  std::string target_;
};

TEST_F(OutputFolderTest, NothingIsVisibleBeforeCommitAndAllAfter) {
  auto folder = Open();
  WriteOutput(*folder, "one");
  EXPECT_FALSE(fs::exists(target_));
  ASSERT_TRUE(folder->Commit().ok());
  folder.reset();
  EXPECT_EQ(Text(target_ + "/data/a.jsonl"), "one");
  EXPECT_FALSE(fs::exists(target_ + "/.hubmill/journal"));
  EXPECT_EQ(std::distance(fs::directory_iterator(root_), fs::directory_iterator()), 1);
}

TEST_F(OutputFolderTest, ReplacesAnEarlierOutputAsAWhole) {
  auto folder = Open();
  WriteOutput(*folder, "one");
  Put(folder->staging_dir() + "/.hubmill/lineage/old.parquet", "x");
  ASSERT_TRUE(folder->Commit().ok());
  folder = nullptr;
  folder = Open("g");
  WriteOutput(*folder, "two");
  EXPECT_EQ(Text(target_ + "/data/a.jsonl"), "one");
  ASSERT_TRUE(folder->Commit().ok());
  EXPECT_EQ(Text(target_ + "/data/a.jsonl"), "two");
  EXPECT_FALSE(fs::exists(target_ + "/.hubmill/lineage/old.parquet"));
}

TEST_F(OutputFolderTest, RefusesFilesThatAreNotOurs) {
  Put(target_ + "/thesis.tex", "years of work");
  auto refused = OutputFolder::Open(target_, "f", false);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(KindOf(refused.status()), FailureKind::kWrongUsage);
  EXPECT_THAT(refused.status().message(), HasSubstr("thesis.tex"));
  EXPECT_EQ(Text(target_ + "/thesis.tex"), "years of work");

  fs::remove_all(target_);
  auto folder = Open();
  WriteOutput(*folder, "one");
  ASSERT_TRUE(folder->Commit().ok());
  folder.reset();
  Put(target_ + "/notes.txt", "mine");
  EXPECT_FALSE(OutputFolder::Open(target_, "f", false).ok());
  fs::remove_all(target_);
  Put(target_, "a file");
  EXPECT_FALSE(OutputFolder::Open(target_, "f", false).ok());
}

TEST_F(OutputFolderTest, JournalSurvivesAndTornLinesDoNotCount) {
  auto folder = Open();
  ASSERT_TRUE(folder->MarkComplete("a", "{\"rows\":1}").ok());
  ASSERT_TRUE(folder->MarkComplete("b", "{}").ok());
  const std::string journal = folder->staging_dir() + "/.hubmill/journal";
  folder.reset();
  std::ofstream(journal, std::ios::app) << "c\t{\"rows\"";
  folder = Open();
  EXPECT_EQ(folder->Completed("a"), "{\"rows\":1}");
  EXPECT_EQ(folder->Completed("b"), "{}");
  EXPECT_EQ(folder->Completed("c"), std::nullopt);
  ASSERT_TRUE(folder->MarkComplete("c", "{\"rows\":3}").ok());
  folder.reset();
  folder = Open();
  EXPECT_EQ(folder->Completed("c"), "{\"rows\":3}");
  folder.reset();
  EXPECT_EQ(Open("other fingerprint")->Completed("a"), std::nullopt);
}

TEST_F(OutputFolderTest, FreshForgetsAndASecondRunIsRefused) {
  auto folder = Open();
  ASSERT_TRUE(folder->MarkComplete("a", "{}").ok());
  auto second = OutputFolder::Open(target_, "f", false);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.status().message(), HasSubstr("another run"));
  folder.reset();
  EXPECT_EQ(Open("f", true)->Completed("a"), std::nullopt);
}

// A child runs in a loop and is killed; the target must hold one whole output at every instant.
TEST_F(OutputFolderTest, KilledAtRandomInstantsTheTargetIsWhole) {
  for (int round = 0; round < 20; ++round) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      for (int i = 0;; ++i) {
        auto folder = OutputFolder::Open(target_, std::to_string(i), false);
        if (!folder.ok()) _exit(3);
        WriteOutput(**folder, std::string(1000, char('a' + i % 26)));
        if (!(*folder)->Commit().ok()) _exit(4);
      }
    }
    usleep(useconds_t(500 + 700 * round));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child stopped by itself: " << WEXITSTATUS(status);
    if (!fs::exists(target_)) continue;
    ASSERT_EQ(Text(target_ + "/manifest.json"), kManifest);
    const std::string text = Text(target_ + "/data/a.jsonl");
    ASSERT_EQ(text, std::string(1000, text.empty() ? '?' : text[0]));
  }
  auto folder = Open("last");
  WriteOutput(*folder, "last");
  ASSERT_TRUE(folder->Commit().ok());
  folder.reset();
  EXPECT_EQ(Text(target_ + "/data/a.jsonl"), "last");
  EXPECT_EQ(std::distance(fs::directory_iterator(root_), fs::directory_iterator()), 1);
}

TEST_F(OutputFolderTest, SingleFileAppearsAtCommitOnly) {
  const std::string path = root_ + "/sub/x.parquet";
  {
    auto file = SingleFile::Open(path);
    ASSERT_TRUE(file.ok()) << file.status();
    Put((*file)->staging_dir() + "/" + (*file)->name(), "bytes");
    EXPECT_FALSE(fs::exists(path));
    ASSERT_TRUE((*file)->Commit().ok());
  }
  EXPECT_EQ(Text(path), "bytes");
  { auto abandoned = *SingleFile::Open(path); }
  EXPECT_EQ(std::distance(fs::directory_iterator(root_ + "/sub"), fs::directory_iterator()), 1);
  EXPECT_FALSE(SingleFile::Open(root_ + "/sub").ok());
}

TEST_F(OutputFolderTest, LinksAreFollowedAndDevicesRefused) {
  fs::create_directories(root_ + "/real");
  fs::create_symlink("real", target_);
  auto folder = Open();
  WriteOutput(*folder, "one");
  ASSERT_TRUE(folder->Commit().ok());
  EXPECT_TRUE(fs::is_symlink(target_));
  EXPECT_EQ(Text(root_ + "/real/data/a.jsonl"), "one");

  for (const char* name : {"old.jsonl", "new.jsonl"}) {  // One is there, one is not yet.
    if (name[0] == 'o') Put(root_ + "/" + name, "old");
    const std::string link = Concat(root_, "/link-", name);
    fs::create_symlink(Concat("real/../", name), link);
    auto file = SingleFile::Open(link);
    ASSERT_TRUE(file.ok()) << file.status();
    Put((*file)->staging_dir() + "/" + (*file)->name(), "bytes");
    ASSERT_TRUE((*file)->Commit().ok());
    EXPECT_TRUE(fs::is_symlink(link));
    EXPECT_EQ(Text(root_ + "/" + name), "bytes");
  }

  const std::string pipe = root_ + "/pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  fs::create_symlink("pipe", root_ + "/to-pipe");
  fs::create_symlink("loop", root_ + "/loop");
  for (const std::string& path : {std::string("/dev/full"), pipe, root_ + "/to-pipe"}) {
    for (const Status& status :
         {SingleFile::Open(path).status(), OutputFolder::Open(path, "f", false).status()}) {
      EXPECT_THAT(status.message(), HasSubstr("the output is a device, a pipe or a socket: path="));
    }
  }
  EXPECT_TRUE(fs::is_fifo(pipe));
  EXPECT_FALSE(SingleFile::Open(root_ + "/loop").ok());
}

}  // namespace
}  // namespace hubmill

// What a commit leaves on the disk: one pack, merged with others before they become many.
#include "hub/local/git_store.h"

#include <git2.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "hub/local/sha256.h"

namespace hubmill::local_hub {
namespace {

namespace fs = std::filesystem;

class GitStoreTest : public testing::Test {
 protected:
  GitStoreTest() {
    git_libgit2_init();
    root_ = testing::TempDir() + "store-" + RandomHex(6);
    fs::create_directories(root_ + "/tmp");
    EXPECT_TRUE(GitStore::Create(root_ + "/git").ok());
    git_ = Open();
  }
  ~GitStoreTest() override {
    git_.reset();
    fs::remove_all(root_);
    git_libgit2_shutdown();
  }
  std::unique_ptr<GitStore> Open() const {
    return GitStore::Open({root_ + "/git", root_ + "/tmp", false}).ValueOrDie();
  }
  std::string Packs() const { return root_ + "/git/objects/pack"; }
  size_t CountPacks() const {
    size_t count = 0;
    for (const auto& file : fs::directory_iterator(Packs())) {
      count += file.path().extension() == ".pack";
    }
    return count;
  }
  std::string Commit(const std::vector<std::pair<std::string, std::string>>& files) {
    CommitRequest request = {.ref = "refs/heads/main",
                             .base = git_->Resolve("main").value_or(""),
                             .changes = {},
                             .message = "change",
                             .author = "alice"};
    for (const auto& [path, text] : files) {
      request.changes.push_back({ChangeKind::kAdd, path, git_->WriteBlob(text).ValueOrDie()});
    }
    return git_->Commit(request).ValueOrDie();
  }

  std::string root_;
  std::unique_ptr<GitStore> git_;
};

TEST_F(GitStoreTest, ACommitOfManyFilesIsOnePackThatAnyHandleReads) {
  std::vector<std::pair<std::string, std::string>> files;
  for (int i = 0; i < 1000; ++i) {
    files.emplace_back("data/" + std::to_string(i) + ".txt", std::string(i * 40, 'a' + i % 26));
  }
  const auto other = Open();
  EXPECT_FALSE(other->Resolve("main"));
  const std::string commit = Commit(files);
  EXPECT_EQ(CountPacks(), 1u);
  EXPECT_EQ(other->Resolve("main"), commit);
  for (const auto& [path, text] : files) {
    const auto entry = other->EntryAt(commit, path);
    ASSERT_TRUE(entry) << path;
    EXPECT_EQ(other->ReadBlob(entry->oid).ValueOrDie(), text);
  }
}

TEST_F(GitStoreTest, WhatIsNotCommittedIsForgotten) {
  const std::string blob = git_->WriteBlob("text").ValueOrDie();
  EXPECT_EQ(git_->ReadBlob(blob).ValueOrDie(), "text");
  EXPECT_FALSE(Open()->ReadBlob(blob).ok());
  git_->Discard();
  EXPECT_FALSE(git_->ReadBlob(blob).ok());
  EXPECT_TRUE(fs::is_empty(root_ + "/tmp"));
  const std::string commit = Commit({{"a", "text"}});  // The same blob again.
  EXPECT_TRUE(Open()->ReadBlob(blob).ok());
  EXPECT_EQ(Commit({{"a", "text"}}), commit);
  EXPECT_EQ(CountPacks(), 1u);
}

TEST_F(GitStoreTest, MergedPacksStayFewAndLoseNothing) {
  std::vector<std::string> commits;
  size_t most = 0;
  for (int i = 0; i < 100; ++i) {
    commits.push_back(Commit({{std::to_string(i % 7) + "/f", "text " + std::to_string(i)}}));
    git_.reset();
    ASSERT_TRUE(MergePacks(Packs(), root_ + "/tmp", false, 8).ok());
    git_ = Open();
    most = std::max(most, CountPacks());
  }
  EXPECT_LE(most, 8u);
  EXPECT_EQ(git_->History(commits.back(), 0, 1000).size(), commits.size());
  for (int i = 0; i < 100; ++i) {
    const auto entry = git_->EntryAt(commits[i], std::to_string(i % 7) + "/f");
    ASSERT_TRUE(entry);
    EXPECT_EQ(git_->ReadBlob(entry->oid).ValueOrDie(), "text " + std::to_string(i));
  }
}

TEST_F(GitStoreTest, PacksThatGitMadeStay) {
  for (int i = 0; i < 5; ++i) Commit({{"f", std::string(5000, 'x') + std::to_string(i)}});
  git_.reset();
  ASSERT_EQ(std::system(("git -C " + root_ + "/git gc -q").c_str()), 0);
  ASSERT_EQ(CountPacks(), 1u);
  git_ = Open();
  const std::string before = git_->Resolve("main").value_or("");
  for (int i = 0; i < 6; ++i) Commit({{"g", std::to_string(i)}});
  const std::string after = git_->Resolve("main").value_or("");
  git_.reset();
  ASSERT_TRUE(MergePacks(Packs(), root_ + "/tmp", false, 2).ok());
  EXPECT_EQ(CountPacks(), 2u);
  git_ = Open();
  EXPECT_EQ(git_->History(after, 0, 100).size(), 11u);
  const auto entry = git_->EntryAt(before, "f");
  ASSERT_TRUE(entry);
  EXPECT_EQ(git_->ReadBlob(entry->oid).ValueOrDie(), std::string(5000, 'x') + "4");
}

TEST_F(GitStoreTest, ABrokenIndexStopsAMergeAndNothingIsRemoved) {
  for (int i = 0; i < 4; ++i) Commit({{"f", std::to_string(i)}});
  git_.reset();
  for (const auto& file : fs::directory_iterator(Packs())) {
    if (file.path().extension() == ".idx") fs::resize_file(file.path(), 100);
  }
  EXPECT_FALSE(MergePacks(Packs(), root_ + "/tmp", false, 2).ok());
  EXPECT_EQ(CountPacks(), 4u);
  EXPECT_TRUE(fs::is_empty(root_ + "/tmp"));
}

}  // namespace
}  // namespace hubmill::local_hub

#include "server/job_store.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "server/uuid.h"

namespace hubmill::server {
namespace {

class JobStoreTest : public testing::Test {
 protected:
  JobStoreTest() : folder_(testing::TempDir() + "store-" + NewUuid()) {
    std::filesystem::create_directories(folder_);
    Open();
  }
  ~JobStoreTest() override { std::filesystem::remove_all(folder_); }

  void Open() {
    store_.reset();
    store_ = *JobStore::Open(folder_ + "/jobs.db");
  }
  std::string Add(int64_t queue_max = 100) {
    Job job{.id = NewUuid(), .created = NowText(), .output_dir = "/o"};
    job.request = {.recipe = "sample", .set = {{"a", "=\n'x"}}, .limit = 7, .push = true};
    return *store_->Add(job, queue_max) ? job.id : "";
  }
  Job Find(const std::string& id) { return **store_->Find(id); }

  std::string folder_;
  std::unique_ptr<JobStore> store_;
};

TEST_F(JobStoreTest, TakesTheOldestFirstAndKeepsWhatWasAsked) {
  const std::string first = Add(), second = Add();
  const std::optional<Job> taken = *store_->TakeNext();
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->id, first);
  EXPECT_EQ(taken->state, JobState::kRunning);
  EXPECT_FALSE(taken->started.empty());
  EXPECT_EQ(taken->request.set, Find(second).request.set);
  EXPECT_EQ(taken->request.limit, 7);
  EXPECT_TRUE(taken->request.push);
  EXPECT_EQ((*store_->TakeNext())->id, second);
  EXPECT_FALSE(*store_->TakeNext());
}

TEST_F(JobStoreTest, TheQueueIsBounded) {
  EXPECT_NE(Add(2), "");
  EXPECT_NE(Add(2), "");
  EXPECT_EQ(Add(2), "");
  ASSERT_TRUE(*store_->TakeNext());
  EXPECT_NE(Add(2), "") << "one that runs waits no more";
}

TEST_F(JobStoreTest, OnlyQueuedJobsAreCancelledHere) {
  const std::string running = Add(), queued = Add();
  ASSERT_TRUE(*store_->TakeNext());
  EXPECT_FALSE(*store_->CancelQueued(running));
  EXPECT_TRUE(*store_->CancelQueued(queued));
  EXPECT_FALSE(*store_->CancelQueued(queued));
  EXPECT_EQ(Find(queued).state, JobState::kCancelled);
  EXPECT_FALSE(*store_->TakeNext());
}

TEST_F(JobStoreTest, ARestartAccountsForEveryJob) {
  const std::string running = Add(), queued = Add(), done = Add();
  ASSERT_TRUE(*store_->TakeNext());
  Job ended = Find(done);
  ended.state = JobState::kCompleted;
  ended.exit_status = 0;
  ended.progress = "{}";
  ASSERT_TRUE(store_->Finish(ended, {{"b/x", 3, "ff"}, {"a", 1, "00"}}).ok());
  Open();
  EXPECT_EQ(*store_->MarkInterrupted(), 1);
  EXPECT_EQ(Find(running).state, JobState::kInterrupted);
  EXPECT_FALSE(Find(running).ended.empty());
  EXPECT_EQ(Find(queued).state, JobState::kQueued);
  EXPECT_EQ(Find(done).state, JobState::kCompleted);
  EXPECT_EQ(Find(done).exit_status, 0);
  const std::vector<Artefact> artefacts = *store_->Artefacts(done);
  ASSERT_EQ(artefacts.size(), 2u);
  EXPECT_EQ(artefacts[0].name, "a");
  EXPECT_EQ(artefacts[1].size_bytes, 3);
}

TEST_F(JobStoreTest, ListsPagesNewestFirst) {
  for (int i = 0; i < 5; ++i) Add();
  ASSERT_TRUE(*store_->TakeNext());
  const std::vector<Job> page = *store_->List({.count_max = 2});
  ASSERT_EQ(page.size(), 2u);
  EXPECT_GT(page[0].number, page[1].number);
  const std::vector<Job> rest = *store_->List({.before = page[1].number, .count_max = 9});
  EXPECT_EQ(rest.size(), 3u);
  EXPECT_EQ(store_->List({.state = JobState::kQueued, .count_max = 9})->size(), 4u);
  EXPECT_EQ(*store_->Count(JobState::kRunning), 1);
}

TEST_F(JobStoreTest, AnotherVersionIsRefused) {
  {
    SqliteDatabase other = *SqliteDatabase::Open(folder_ + "/other.db", SqliteAccess::kCreate);
    ASSERT_TRUE(other.Execute("PRAGMA user_version = 99").ok());
  }
  const auto opened = JobStore::Open(folder_ + "/other.db");
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(KindOf(opened.status()), FailureKind::kDataRefused);
}

TEST_F(JobStoreTest, OneServerADirectory) {
  auto held = DataDirLock::Take(folder_ + "/new/deep");
  ASSERT_TRUE(held.ok());
  const auto second = DataDirLock::Take(folder_ + "/new/deep");
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.status().message().find("another server works on this data directory"),
            std::string::npos);
  EXPECT_EQ(KindOf(DataDirLock::Take("/proc/none/x").status()), FailureKind::kWrongUsage);
}

}  // namespace
}  // namespace hubmill::server

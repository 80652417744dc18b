// Real processes, started from a shell script; each test waits for what happens, never for a time.
#include "server/job_runner.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "server/uuid.h"

namespace hubmill::server {
namespace {

namespace fs = std::filesystem;

class JobRunnerTest : public testing::Test {
 protected:
  JobRunnerTest() : folder_(testing::TempDir() + "runner-" + NewUuid()) {
    fs::create_directories(folder_);
    options_ = {.folder = folder_,
                .export_folder = folder_ + "/exports",
                .program = folder_ + "/program",
                .workers = 1};
  }
  ~JobRunnerTest() override {
    runner_.reset();
    fs::remove_all(folder_);
  }

  void Program(const std::string& body) {
    std::ofstream(options_.program) << "#!/bin/sh\n" << body << "\n";
    fs::permissions(options_.program, fs::perms::owner_all);
  }
  void Start() {
    runner_.reset();
    runner_ = *JobRunner::Start(*JobStore::Open(folder_ + "/jobs.db"), options_);
  }
  std::string Submit() { return (*runner_->Submit({.recipe = "r", .recipe_file = "r"}))->id; }
  /// The job once `good` says so.
  template <typename Good>
  Job WaitUntil(const std::string& id, Good good) {
    for (uint64_t seen = 0;;) {
      Job job = **runner_->Find(id);
      if (good(job) || !runner_->WaitForNews(&seen, 60'000)) return job;
    }
  }
  Job WaitForEnd(const std::string& id) {
    return WaitUntil(id, [](const Job& job) { return IsEnded(job.state); });
  }
  Job WaitForProgress(const std::string& id) {
    return WaitUntil(id, [](const Job& job) { return !job.progress.empty(); });
  }

  std::string folder_;
  RunnerOptions options_;
  std::unique_ptr<JobRunner> runner_;
};

TEST_F(JobRunnerTest, AJobSaysWhatItDoesAndLeavesFiles) {
  Program(
      "mkdir -p \"$4/deep\"; echo x > \"$4/deep/file\"; ln -s /etc/passwd \"$4/link\"\n"
      "echo facts; echo messages >&2; echo '{\"rows_read\":3}' >&3; echo nonsense >&3");
  Start();
  const Job job = WaitForEnd(Submit());
  EXPECT_EQ(job.state, JobState::kCompleted) << job.error;
  EXPECT_EQ(job.exit_status, 0);
  EXPECT_EQ(job.progress, "{\"rows_read\":3}");
  const std::vector<Artefact> artefacts = *runner_->Artefacts(job.id);
  ASSERT_EQ(artefacts.size(), 1u) << "no link";
  EXPECT_EQ(artefacts[0].name, "deep/file");
  EXPECT_EQ(artefacts[0].sha256,
            "73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac");
}

TEST_F(JobRunnerTest, ProgressOfManyStagesComesThrough) {
  Program(
      "long=$(head -c 32000 /dev/zero | tr '\\0' x)\n"
      "echo \"{\\\"datasets\\\":[{\\\"name\\\":\\\"$long\\\"}]}\" >&3");
  Start();
  const Job job = WaitForEnd(Submit());
  EXPECT_TRUE(job.progress.starts_with("{\"datasets\":[{\"name\":\"xxx")) << job.progress;
  EXPECT_GT(job.progress.size(), 32'000u);
}

TEST_F(JobRunnerTest, AFailureTellsWhy) {
  Program("echo 'error: no such thing' >&2; exit 3");
  Start();
  const Job job = WaitForEnd(Submit());
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.exit_status, 3);
  EXPECT_EQ(job.error, "exit status 3: error: no such thing");
}

TEST_F(JobRunnerTest, AProgramThatCannotStartFailsItsJob) {
  Start();
  const Job job = WaitForEnd(Submit());
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_NE(job.error.find("cannot start the program"), std::string::npos) << job.error;
}

TEST_F(JobRunnerTest, AJobThatIsKilledNamesTheSignal) {
  Program("echo \"{\\\"pid\\\":$$}\" >&3; exec sleep 1000");
  Start();
  const std::string id = Submit();
  const std::string progress = WaitForProgress(id).progress;
  kill(std::stoi(progress.substr(progress.find(':') + 1)), SIGKILL);
  const Job job = WaitForEnd(id);
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_NE(job.error.find("ended by signal 9 (SIGKILL)"), std::string::npos) << job.error;
}

TEST_F(JobRunnerTest, CancelEndsARunningJobAndItsChildren) {
  Program("sleep 1000 & echo \"{\\\"pid\\\":$!}\" >&3; wait");
  Start();
  const std::string id = Submit(), waiting = Submit();
  const std::string progress = WaitForProgress(id).progress;
  EXPECT_EQ(*runner_->Cancel(waiting), CancelOutcome::kCancelled);
  EXPECT_EQ(*runner_->Cancel(id), CancelOutcome::kRequested);
  EXPECT_EQ(WaitForEnd(id).state, JobState::kCancelled);
  EXPECT_EQ((*runner_->Find(waiting))->state, JobState::kCancelled);
  EXPECT_EQ(*runner_->Cancel(id), CancelOutcome::kEndedBefore);
  EXPECT_EQ(*runner_->Cancel(NewUuid()), CancelOutcome::kUnknown);
}

TEST_F(JobRunnerTest, WhoIgnoresSigtermIsKilled) {
  options_.cancel_grace_ms = 50;
  Program("trap '' TERM; echo '{}' >&3; while :; do sleep 1000; done");
  Start();
  const std::string id = Submit();
  WaitForProgress(id);
  EXPECT_EQ(*runner_->Cancel(id), CancelOutcome::kRequested);
  const Job job = WaitForEnd(id);
  EXPECT_EQ(job.state, JobState::kCancelled);
  EXPECT_NE(job.error.find("SIGKILL"), std::string::npos) << job.error;
}

TEST_F(JobRunnerTest, AStopInterruptsAndTheQueueRunsOn) {
  Program("echo '{}' >&3; [ -e \"$0.go\" ] || exec sleep 1000");
  Start();
  const std::string first = Submit(), second = Submit();
  WaitForProgress(first);
  runner_->Stop();
  EXPECT_EQ((*runner_->Find(first))->state, JobState::kInterrupted);
  EXPECT_EQ((*runner_->Find(second))->state, JobState::kQueued);
  std::ofstream(options_.program + ".go") << "go";
  Start();
  EXPECT_EQ(WaitForEnd(second).state, JobState::kCompleted);
}

TEST_F(JobRunnerTest, AChildOfAChildThatHoldsThePipesDoesNotHoldTheJob) {
  Program("sleep 1000 & exit 0");
  Start();
  EXPECT_EQ(WaitForEnd(Submit()).state, JobState::kCompleted);
}

}  // namespace
}  // namespace hubmill::server

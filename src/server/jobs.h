// The jobs of a server as its routes see them; a test may stand in for them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/job.h"
#include "server/job_store.h"

namespace hubmill::server {

enum class CancelOutcome { kCancelled, kRequested, kEndedBefore, kUnknown };

/// Thread-safe.
class Jobs {
 public:
  virtual ~Jobs() = default;

  /// Queues a job; nullopt where the queue is full.
  virtual Result<std::optional<Job>> Submit(const JobRequest& request) = 0;
  virtual Result<std::optional<Job>> Find(const std::string& id) = 0;
  virtual Result<std::vector<Job>> List(const JobFilter& filter) = 0;
  virtual Result<int64_t> Count(JobState state) = 0;
  virtual Result<CancelOutcome> Cancel(const std::string& id) = 0;
  virtual Result<std::vector<Artefact>> Artefacts(const std::string& id) = 0;

  /// The folder of a job's logs; REQUIRES: IsUuid4(id).
  virtual std::string LogFolder(const std::string& id) const = 0;
  /// Waits until something happened to any job since `seen` was set, the server stops, or `wait_ms`
  /// passed; sets `seen`.  False where the server stops.
  virtual bool WaitForNews(uint64_t* seen, int wait_ms) = 0;
};

}  // namespace hubmill::server

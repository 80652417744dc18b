// Jobs that are only remembered: for tests of the routes and the fuzz target.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "server/jobs.h"
#include "server/uuid.h"

namespace hubmill::server {

class FakeJobs : public Jobs {
 public:
  size_t queue_max = 3;
  Status failure;  // What Submit() fails with.
  std::vector<Job> jobs;
  std::vector<Artefact> artefacts;
  std::string folder = "/nonexistent";

  Result<std::optional<Job>> Submit(const JobRequest& request) override {
    ARROW_RETURN_NOT_OK(failure);
    if (jobs.size() >= queue_max) return std::optional<Job>();
    Job job{.number = static_cast<int64_t>(jobs.size()) + 1, .id = NewUuid(), .request = request};
    job.created = NowText();
    job.output_dir = folder;
    jobs.push_back(job);
    return std::optional<Job>(job);
  }
  Result<std::optional<Job>> Find(const std::string& id) override {
    for (const Job& job : jobs) {
      if (job.id == id) return std::optional<Job>(job);
    }
    return std::optional<Job>();
  }
  Result<std::vector<Job>> List(const JobFilter& filter) override {
    std::vector<Job> found;
    for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) {
      if (filter.state && job->state != *filter.state) continue;
      if (!filter.recipe.empty() && job->request.recipe != filter.recipe) continue;
      if (filter.before != 0 && job->number >= filter.before) continue;
      if (static_cast<int64_t>(found.size()) < filter.count_max) found.push_back(*job);
    }
    return found;
  }
  Result<int64_t> Count(JobState state) override {
    return std::count_if(jobs.begin(), jobs.end(),
                         [state](const Job& job) { return job.state == state; });
  }
  Result<CancelOutcome> Cancel(const std::string& id) override {
    for (Job& job : jobs) {
      if (job.id != id) continue;
      if (IsEnded(job.state)) return CancelOutcome::kEndedBefore;
      job.state = JobState::kCancelled;
      return CancelOutcome::kCancelled;
    }
    return CancelOutcome::kUnknown;
  }
  Result<std::vector<Artefact>> Artefacts(const std::string&) override { return artefacts; }
  std::string LogFolder(const std::string&) const override { return folder; }
  bool WaitForNews(uint64_t*, int) override { return false; }
};

}  // namespace hubmill::server

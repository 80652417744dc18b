#include "server/job_runner.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/stage_progress.h"
#include "server/artefact_list.h"
#include "server/job_command.h"
#include "server/uuid.h"

namespace hubmill::server {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr size_t kReadBytes = 64 << 10;
constexpr size_t kProgressBytesMax = kStagesJsonBytesMax + (4 << 10);  // Of one line.
constexpr auto kSaveAgain = std::chrono::seconds(1);

/// Reads what is there now; false at the end of the pipe.
bool ReadSome(const Descriptor& pipe, std::string* buffer, std::string_view* bytes) {
  const ssize_t count = read(pipe.get(), buffer->data(), buffer->size());
  *bytes = std::string_view(*buffer).substr(0, count > 0 ? static_cast<size_t>(count) : 0);
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

std::string SignalText(int signal) {
  const char* name = sigabbrev_np(signal);
  return Concat("ended by signal ", signal, name == nullptr ? "" : Concat(" (SIG", name, ")"));
}

/// Why a job failed: how the process ended, and the last thing it said.
std::string ErrorOf(const ChildEnd& end, const std::string& tail) {
  std::string error =
      end.signal != 0 ? SignalText(end.signal) : Concat("exit status ", end.exit_status);
  return tail.empty() ? error : error + ": " + tail;
}

void SetEnd(const ChildEnd& end, const std::string& tail, bool cancelled, bool stopped, Job* job) {
  job->exit_status = end.exit_status;
  job->state = end.exit_status == 0 ? JobState::kCompleted : JobState::kFailed;
  if (job->state == JobState::kCompleted) return;
  job->error = ErrorOf(end, tail);
  if (cancelled) {
    job->state = JobState::kCancelled;
    job->error = "cancelled; " + job->error;
  } else if (stopped) {
    job->state = JobState::kInterrupted;
    job->error = "the server ended while the job ran; remedy: submit it again";
  }
}

/// How long to wait for the child: -1 for ever, else until `kill_at`.
int WaitMs(const std::optional<SteadyClock::time_point>& kill_at) {
  if (!kill_at) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*kill_at - SteadyClock::now());
  return static_cast<int>(std::max<int64_t>(0, left.count()));
}

}  // namespace

Result<std::unique_ptr<JobRunner>> JobRunner::Start(std::unique_ptr<JobStore> store,
                                                    const RunnerOptions& options) {
  ARROW_RETURN_NOT_OK(store->MarkInterrupted().status());
  std::unique_ptr<JobRunner> runner(new JobRunner(std::move(store), options));
  for (int i = 0; i < options.workers; ++i) {
    auto slot = std::make_unique<Slot>();
    slot->wake = Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (slot->wake.get() < 0) {
      return RunFailed("cannot make an event: why=", std::strerror(errno),
                       "; remedy: allow the server more open files");
    }
    runner->slots_.push_back(std::move(slot));
  }
  for (const auto& slot : runner->slots_) {
    runner->workers_.emplace_back([raw = runner.get(), of = slot.get()] { raw->Work(of); });
  }
  return runner;
}

JobRunner::~JobRunner() { Stop(); }

void JobRunner::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& slot : slots_) eventfd_write(slot->wake.get(), 1);
    queued_.notify_all();
    news_.notify_all();
  }
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

Result<std::optional<Job>> JobRunner::Submit(const JobRequest& request) {
  Job job{.id = NewUuid(), .request = request, .created = NowText()};
  job.output_dir = request.kind == JobRequest::Kind::kRecipe
                       ? LogFolder(job.id) + "/out"
                       : options_.export_folder + "/" + job.id;
  ARROW_ASSIGN_OR_RAISE(const bool added, store_->Add(job, options_.queue_max));
  if (!added) return std::optional<Job>();
  const std::lock_guard lock(mutex_);
  queued_.notify_all();
  return std::optional<Job>(std::move(job));
}

Job JobRunner::WithProgress(Job job) {
  if (job.state != JobState::kRunning) return job;
  const std::lock_guard lock(mutex_);
  for (const auto& slot : slots_) {
    if (slot->job_id == job.id) job.progress = slot->progress;
  }
  return job;
}

Result<std::optional<Job>> JobRunner::Find(const std::string& id) {
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<const Job> job, store_->Find(id));
  return job ? std::optional<Job>(WithProgress(*job)) : std::nullopt;
}

Result<std::vector<Job>> JobRunner::List(const JobFilter& filter) {
  ARROW_ASSIGN_OR_RAISE(std::vector<Job> jobs, store_->List(filter));
  for (Job& job : jobs) job = WithProgress(std::move(job));
  return jobs;
}

Result<CancelOutcome> JobRunner::Cancel(const std::string& id) {
  ARROW_ASSIGN_OR_RAISE(const bool cancelled, store_->CancelQueued(id));
  if (cancelled) {
    Tell();
    return CancelOutcome::kCancelled;
  }
  {
    const std::lock_guard lock(mutex_);
    for (const auto& slot : slots_) {
      if (slot->job_id != id) continue;
      slot->cancel = true;
      eventfd_write(slot->wake.get(), 1);
      return CancelOutcome::kRequested;
    }
  }
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<const Job> job, store_->Find(id));
  return job ? CancelOutcome::kEndedBefore : CancelOutcome::kUnknown;
}

std::string JobRunner::LogFolder(const std::string& id) const {
  return options_.folder + "/jobs/" + id;
}

bool JobRunner::WaitForNews(uint64_t* seen, int wait_ms) {
  std::unique_lock lock(mutex_);
  news_.wait_for(lock, std::chrono::milliseconds(wait_ms),
                 [&] { return stopping_ || news_count_ != *seen; });
  *seen = news_count_;
  return !stopping_;
}

void JobRunner::Tell() {
  const std::lock_guard lock(mutex_);
  ++news_count_;
  news_.notify_all();
}

/// Waits for a job.  Under the lock, so that Cancel() finds each job queued or in a slot.
std::optional<Job> JobRunner::TakeNext(Slot* slot) {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    Result<std::optional<Job>> next = store_->TakeNext();
    if (next.ok() && *next) {
      slot->job_id = (*next)->id;
      slot->progress.clear();
      slot->cancel = false;
      return *std::move(next);
    }
    if (next.ok()) {
      queued_.wait(lock);
    } else {
      queued_.wait_for(lock, kSaveAgain);  // A full disk, maybe: the job stays queued.
    }
  }
  return std::nullopt;
}

void JobRunner::Work(Slot* slot) {
  while (std::optional<Job> job = TakeNext(slot)) {
    std::vector<Artefact> artefacts;
    RunJob(&*job, slot, &artefacts);
    job->ended = NowText();
    SaveEnd(*job, artefacts, slot);
  }
}

void JobRunner::RunJob(Job* job, Slot* slot, std::vector<Artefact>* artefacts) {
  Result<JobLog> log = JobLog::Open(LogFolder(job->id));
  const Status opened = log.status();
  const auto fail = [job](const Status& status) {
    job->state = JobState::kFailed;
    job->error = status.message();
  };
  if (!opened.ok()) return fail(opened);
  log->AppendEvent("state", R"({"state":"running"})");
  Tell();
  Result<ChildProcess> child = ChildProcess::Start(CommandOf(*job, options_.program));
  if (!child.ok()) return fail(child.status());
  const ChildEnd end = Follow(&*child, slot, &*log, job);
  bool cancelled, stopped;
  {
    const std::lock_guard lock(mutex_);
    cancelled = slot->cancel;
    stopped = stopping_;
  }
  SetEnd(end, log->MessagesTail(), cancelled, stopped, job);
  if (job->state != JobState::kCompleted) return;
  Result<std::vector<Artefact>> listed = ListArtefacts(job->output_dir);
  if (!listed.ok()) return fail(listed.status());
  *artefacts = *std::move(listed);
}

bool JobRunner::MustEnd(const Slot& slot) {
  const std::lock_guard lock(mutex_);
  return slot.cancel || stopping_;
}

ChildEnd JobRunner::Follow(ChildProcess* child, Slot* slot, JobLog* log, Job* job) {
  std::string buffer(kReadBytes, '\0'), progress_rest;
  std::string_view bytes;
  bool terminated = false, ended = false;
  std::optional<SteadyClock::time_point> kill_at;
  std::array<pollfd, 5> wait = {{{child->output().get(), POLLIN, 0},
                                 {child->messages().get(), POLLIN, 0},
                                 {child->progress().get(), POLLIN, 0},
                                 {child->ended().get(), POLLIN, 0},
                                 {slot->wake.get(), POLLIN, 0}}};
  while (!ended) {
    // After a cancel that came with the job, or before the child was there, nothing else wakes us.
    if (!terminated && MustEnd(*slot)) {
      terminated = true;
      child->Signal(SIGTERM);
      kill_at = SteadyClock::now() + std::chrono::milliseconds(options_.cancel_grace_ms);
    }
    if (kill_at && SteadyClock::now() >= *kill_at) {
      child->Signal(SIGKILL);
      kill_at.reset();
    }
    poll(wait.data(), wait.size(), WaitMs(kill_at));
    ended = (wait[3].revents & POLLIN) != 0;
    eventfd_t woken = 0;
    eventfd_read(slot->wake.get(), &woken);
    bool heard = false;
    for (size_t i = 0; i < 3; ++i) {
      const Descriptor& pipe = i == 0   ? child->output()
                               : i == 1 ? child->messages()
                                        : child->progress();
      // All that the child said before it ended; as it comes until then.
      while (wait[i].fd >= 0) {
        if (!ReadSome(pipe, &buffer, &bytes)) wait[i].fd = -1;
        if (bytes.empty()) break;
        heard = true;
        if (i == 2) {
          ReadProgress(bytes, &progress_rest, slot, log, job);
        } else {
          log->Append(i == 0 ? LogStream::kOutput : LogStream::kMessages, bytes);
        }
        if (!ended) break;
      }
    }
    if (heard) Tell();
  }
  log->Flush();
  return child->Reap();
}

void JobRunner::ReadProgress(std::string_view bytes, std::string* rest, Slot* slot, JobLog* log,
                             Job* job) {
  rest->append(bytes);
  size_t begin = 0;
  for (size_t end; (end = rest->find('\n', begin)) != rest->npos; begin = end + 1) {
    const std::string line = rest->substr(begin, end - begin);
    if (line.size() > kProgressBytesMax || !nlohmann::json::accept(line)) continue;
    job->progress = line;
    log->AppendEvent("progress", line);
    const std::lock_guard lock(mutex_);
    slot->progress = line;
  }
  rest->erase(0, begin);
  if (rest->size() > kProgressBytesMax) rest->clear();
}

/// Until it is written, whatever the disk says; the next server finds it running if we must stop.
void JobRunner::SaveEnd(const Job& job, const std::vector<Artefact>& artefacts, Slot* slot) {
  bool saved = store_->Finish(job, artefacts).ok();
  std::unique_lock lock(mutex_);
  while (!saved && !stopping_) {
    queued_.wait_for(lock, kSaveAgain);
    lock.unlock();
    saved = store_->Finish(job, artefacts).ok();
    lock.lock();
  }
  slot->job_id.clear();
  ++news_count_;
  news_.notify_all();
}

}  // namespace hubmill::server

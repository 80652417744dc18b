// A job: what a client asked for, and what became of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/failure.h"

namespace hubmill::server {

enum class JobState { kQueued, kRunning, kCompleted, kFailed, kCancelled, kInterrupted };

std::string_view NameOf(JobState state);
std::optional<JobState> StateNamed(std::string_view name);
/// Nothing more happens to the job.
bool IsEnded(JobState state);

/// What one job does.  Checked before it is one: names and values are those that may be used.
struct JobRequest {
  enum class Kind { kRecipe, kSignalsExport };
  Kind kind = Kind::kRecipe;

  // kRecipe
  std::string recipe;       // Its name in the catalog.
  std::string recipe_file;  // What `hubmill run` gets: the name, or the operator's file.
  std::vector<std::pair<std::string, std::string>> set;
  int64_t limit = -1;  // -1: all rows.
  int64_t seed = -1;   // -1: the command's own.
  bool dry_run = false;

  // kSignalsExport
  std::string source;    // Empty: all.
  std::string industry;  // Empty: all.
  int64_t max_rows = 0;  // 0: the command's own.

  bool push = false;

  /// For the store; FromJson() reads it back.
  std::string ToJson() const;
  static Result<JobRequest> FromJson(const std::string& json);
};

struct Job {
  int64_t number = 0;  // Ascends with the time of submission.
  std::string id;      // A UUID.
  JobRequest request;
  JobState state = JobState::kQueued;
  std::string created;  // "2026-11-21T05:00:00.000Z"; so the others, empty where not yet.
  std::string started;
  std::string ended;
  int exit_status = -1;    // Of the process; -1: none, or ended by a signal.
  std::string error;       // Why it failed, for people.
  std::string output_dir;  // Absolute.
  std::string progress;    // The last line of progress, as JSON; empty: none.
};

/// A file of an ended job's output.
struct Artefact {
  std::string name;  // Relative to the output folder.
  int64_t size_bytes = 0;
  std::string sha256;
};

}  // namespace hubmill::server

// Tracker: what a run tells the people who follow it.
//
// Each event is first a line of a local file (tracking/event_log.h), then, with W&B, a message to
// its server.  A server that is away costs one warning and no run: the events wait in the file for
// `hubmill track sync`.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/failure.h"
#include "tracking/event_log.h"
#include "tracking/wandb_client.h"

namespace hubmill {

class Clock;

enum class TrackerKind { kNone, kJsonl, kWandb };

/// "none", "jsonl" or "wandb"; any other is kWrongUsage.
Result<TrackerKind> TrackerKindOf(const std::string& name);

struct TrackedRun {
  std::string project;
  std::string entity;  // Empty: the key's own.
  std::string job_type;
  std::vector<std::string> tags;
  TrackJson* config = nullptr;  // An object; never a secret.  Null: empty.
};

struct TrackOptions {
  TrackerKind kind = TrackerKind::kJsonl;
  std::string folder;                // Of the files, one a run.
  WandbSettings wandb;               // kWandb
  std::vector<std::string> secrets;  // Shown as *** in every event.
  Clock* clock = nullptr;            // Null: the real one.
};

enum class AlertLevel { kInfo, kWarn, kError };

/// Not thread-safe.  A failure of the server is no failure of the run: see warning().
class Tracker {
 public:
  static Result<std::unique_ptr<Tracker>> Start(TrackOptions options, const TrackedRun& run);
  ~Tracker();

  /// One step: an object of names and values.
  Status Log(const TrackJson& values);
  Status Alert(AlertLevel level, const std::string& title, const std::string& text);
  Status Finish(int exit_code);

  /// The file of the events; empty for kNone.
  const std::string& file() const { return file_; }
  /// Why events wait in the file; empty where the server has them all.
  const std::string& warning() const { return warning_; }

 private:
  explicit Tracker(TrackOptions options) : options_(std::move(options)) {}

  Status Tell(const char* kind, const TrackJson& fields);
  void SendLive(const TrackJson& event);
  double Now() const;

  TrackOptions options_;
  std::string file_;
  std::string warning_;
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<WandbClient> wandb_;
  int64_t events_ = 0;
  int64_t step_ = 0;
};

/// Sends what the server has not had of the events in `file`; returns how many these were.
Result<int64_t> SyncEvents(const std::string& file, const WandbSettings& settings);

}  // namespace hubmill

// Tracker: what a run tells the people who follow it.
//
// Each event is first a line of a local file (tracking/event_log.h), then, with W&B, a message to
// its server.  A server that is away costs one warning and no run: the events wait in the file for
// `hubmill track sync`.
//
//   ARROW_ASSIGN_OR_RAISE(auto tracker, StartTracker("", "events", {url}, {.project = "p"}));
//   tracker->Log({{"status", "starting"}});         // run/track.h has StartTracker().
//   tracker->Alert(AlertLevel::kWarn, "Skipped", "too few rows: 163 < 170");
//   tracker->Finish(0);
//   if (!tracker->warning().empty()) PrintMessage("warning: " + tracker->warning());
#pragma once

#include <cstdint>
#include <memory>
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
  std::string entity;  // W&B's user or team; empty: the key's own.
  std::string job_type;
  std::vector<std::string> tags;
  TrackJson config = TrackJson::object();  // Settings worth knowing.
};

struct TrackOptions {
  TrackerKind kind = TrackerKind::kJsonl;
  std::string folder;                // Of the files, one a run.
  WandbSettings wandb;               // kWandb
  std::vector<std::string> secrets;  // Shown as *** in every event, as are tokens and passwords.
  Clock* clock = nullptr;            // Null: the real one.
};

enum class AlertLevel { kInfo, kWarn, kError };

/// Not thread-safe.  A server that fails is no failure of the run (see warning()); a Status here
/// means that the file cannot be written, and nothing can be told any more.
class Tracker {
 public:
  static Result<std::unique_ptr<Tracker>> Start(TrackOptions options, const TrackedRun& run);
  ~Tracker();

  /// One step: an object of names and values.
  Status Log(const TrackJson& values);
  Status Alert(AlertLevel level, const std::string& title, const std::string& text);
  /// The last event.
  Status Finish(int exit_code);

  /// The file of the events; empty for kNone.
  const std::string& file() const { return file_; }
  /// Why events wait in the file, and the command that sends them; empty where none wait.
  const std::string& warning() const { return warning_; }

 private:
  explicit Tracker(TrackOptions options);

  Status Tell(const char* kind, const TrackJson& fields);
  void SendLive(const TrackJson& event);

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

// Events to Weights & Biases, by the protocol of its own SDK: two GraphQL mutations and the file
// stream (recorded from wandb 0.31; tests/peers/tracking_test.py compares the two).
//
// The SDK asks more: Viewer, for the entity's name, which UpsertBucket's answer holds as well; and
// CreateRunFiles, to upload copies of what UpsertBucket and the file stream tell already.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/failure.h"
#include "tracking/event_log.h"

namespace hubmill {

class HttpClient;
class PauseClock;

struct WandbSettings {
  std::string base_url = "https://api.wandb.ai";
  std::string api_key;          // Secret.
  PauseClock* clock = nullptr;  // Null: the real one.
};

/// What UpsertBucket's answer says of a run.
struct WandbRun {
  std::string entity, project, name;
};

/// Of an answer's body; a malformed one, or an error, is kService.
Result<WandbRun> ParseWandbRun(std::string_view answer);

/// Sends the events of one run, in order.  Not thread-safe.
class WandbClient {
 public:
  static Result<std::unique_ptr<WandbClient>> Make(const WandbSettings& settings);
  ~WandbClient();

  /// Tells the server of an event; with `sent`, the server has it and only what follows from it is
  /// kept in mind.  The first event must be `start`, whose fields EventLog has checked.  Fails
  /// (kService) where the server refuses the key or does not answer within about a minute; no
  /// message holds the key.
  Status Send(const TrackJson& event, bool sent = false);

 private:
  explicit WandbClient(WandbSettings settings);

  Result<std::string> Post(const std::string& path, const TrackJson& body);
  Result<std::string> Mutate(const char* query, const TrackJson& variables);
  Status SendStart(const TrackJson& event);
  Status SendLog(const TrackJson& event, bool sent);
  Status SendAlert(const TrackJson& event);
  Status Stream(const TrackJson& body);

  const WandbSettings settings_;
  std::unique_ptr<HttpClient> http_;
  WandbRun run_;
  double started_ = 0;  // Seconds since 1970.
  int64_t history_lines_ = 0;
  TrackJson summary_ = TrackJson::object();  // The latest value of each name.
};

}  // namespace hubmill

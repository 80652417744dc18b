// Events to Weights & Biases, by the protocol of its own SDK: two GraphQL mutations and the file
// stream (recorded from wandb 0.31; tests/peers/tracking_test.py compares the two).
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
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

/// Sends the events of one run, in order.  Not thread-safe.
class WandbClient {
 public:
  static Result<std::unique_ptr<WandbClient>> Make(const WandbSettings& settings);
  ~WandbClient();

  /// Tells the server of an event; what it has already had changes nothing, alerts excepted, which
  /// are sent only where `sent` is false.  The first event must be `start`.  Fails (kService) where
  /// the server refuses the key or does not answer; no message holds the key.
  Status Send(const TrackJson& event, bool sent = false);

 private:
  explicit WandbClient(WandbSettings settings);

  Result<std::string> Post(const std::string& path, const std::string& body);
  Status Mutate(const char* query, const TrackJson& variables, TrackJson* data);
  Status SendStart(const TrackJson& event);
  Status SendLog(const TrackJson& event);
  Status SendAlert(const TrackJson& event);
  Status Stream(const TrackJson& body);

  struct State;
  const WandbSettings settings_;
  std::unique_ptr<HttpClient> http_;
  std::unique_ptr<State> state_;
};

}  // namespace hubmill

// Which Hub a command talks to: the public one, any other by its URL, or the embedded one, started
// on a loopback port for the length of the command.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <utility>

#include "hub/client.h"
#include "hub/local/local_hub.h"

namespace hubmill {

/// --hub and --hub-root, as given.
struct HubChoice {
  std::string hub;  // A URL, "local", or empty: HF_ENDPOINT, else the public Hub.
  std::string hub_root = ".hubmill/hub";
  int threads = 8;  // Transfers at a time.
  bool stays =
      false;  // The embedded Hub tells others in --hub-root where it is, and waits for nobody.
};

/// A client, and the embedded Hub behind it where there is one.
class HubConnection {
 public:
  HubConnection(std::unique_ptr<LocalHub> server, std::unique_ptr<HubClient> client)
      : server_(std::move(server)), client_(std::move(client)) {}

  HubClient& operator*() const { return *client_; }
  HubClient* operator->() const { return client_.get(); }

 private:
  std::unique_ptr<LocalHub> server_;  // Outlives the client.
  std::unique_ptr<HubClient> client_;
};

/// Adds --hub and --hub-root.  `choice` must live as long as the parser.
void AddHubChoice(CLI::App* command, HubChoice* choice);

/// How people see what lies at `path` ("/datasets/alice/d") of the embedded Hub, whose URL ends
/// with the command; empty for every other Hub.
std::string LocalPlace(const HubChoice& choice, const std::string& path);

/// The fact that tells where to see it: {"url", …}, or {"see", …} of the embedded Hub.
std::pair<std::string, std::string> PlaceFact(const HubChoice& choice, const std::string& endpoint,
                                              const std::string& path);

/// Connects as the choice, HF_ENDPOINT, HF_TOKEN and .env tell.  The embedded Hub never sees the
/// user's token: it has one of its own.
Result<HubConnection> OpenHub(const HubChoice& choice);

/// What a run is told of the Hub that its hub:// inputs are on (RunOptions).  Nothing is asked
/// before such an input is met.
struct RunHub {
  std::string url;
  std::string token;
  std::unique_ptr<HubConnection> connection;  // The embedded Hub; lives as long as the run.
};
Result<RunHub> OpenHubOfRun(const HubChoice& choice);

}  // namespace hubmill

// `hubmill serve` as a class: the job API on one port, over one data directory.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/failure.h"
#include "hub/hub_uris.h"

namespace hubmill::server {

struct JobServerOptions {
  std::string host = "127.0.0.1";
  int port = 3000;  // 0 takes a free one.
  std::string data_dir = ".hubmill/serve";
  int workers = 2;          // Jobs at once.
  int64_t queue_max = 100;  // Jobs that wait; one more is answered 429.
  std::string recipes;      // The operator's folder of recipes; empty: built-in ones only.
  std::vector<std::string> input_roots;
  std::vector<std::string> data_folders;  // Whose data sets are shown.
  std::optional<HubAccess> hub;           // Whose data sets are shown, too.
  bool allow_push = false;
  int request_s_max = 20;  // A request must have arrived within so long.
  std::string program;     // That jobs start; empty: this one.
  // Reads settings: HUBMILL_TOKEN, HF_EXPORT_OUT_DIR and those of the internal guard.
  std::optional<std::string> (*env)(const std::string& name) = nullptr;
};

class JobServer {
 public:
  /// Takes the data directory and starts to answer.  kWrongUsage where anybody on the network could
  /// ask without a token.
  static Result<std::unique_ptr<JobServer>> Start(JobServerOptions options);
  /// Stops.
  ~JobServer();

  /// "http://127.0.0.1:3000"
  const std::string& url() const { return url_; }
  /// Ends connections, then jobs (job_runner.h).  May be called twice.
  void Stop();

 private:
  struct Parts;
  explicit JobServer(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
  std::string url_;
};

}  // namespace hubmill::server

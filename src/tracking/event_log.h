// The events of a run as JSON lines: what happened, in order, on the disk before anybody is told.
//
//   {"event":"start","time":T,"run":"k3j9x0qa","project":"…","entity":"","job_type":"…","tags":[…],"config":{…}}
//   {"event":"log","time":T,"step":0,"values":{"status":"starting_pipeline"}}
//   {"event":"alert","time":T,"title":"…","text":"…","level":"INFO|WARN|ERROR"}
//   {"event":"finish","time":T,"exit_code":0}
//
// T is seconds since 1970 UTC.  FILE.sent says how many of FILE's events a tracker's server has.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/failure.h"

namespace hubmill {

using TrackJson = nlohmann::ordered_json;

inline constexpr int64_t kEventLogBytesMax = 256 << 20;

/// Appends to one file.  Not thread-safe.
class EventLog {
 public:
  /// Makes the file, and its folder; fails where it exists.
  static Result<EventLog> Create(const std::string& file);

  /// Reads the events of an earlier run.  A line that was cut by a crash at the end is left out;
  /// any other that is no event is kDataRefused with its row.
  static Result<std::vector<TrackJson>> Load(const std::string& file);

  Status Append(const TrackJson& event);

  const std::string& file() const { return file_; }

 private:
  explicit EventLog(std::string file) : file_(std::move(file)) {}

  std::string file_;
};

/// How many events of `file` were sent; 0 where nobody says.
int64_t ReadSentCount(const std::string& file);
Status WriteSentCount(const std::string& file, int64_t count);

}  // namespace hubmill

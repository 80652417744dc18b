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
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/failure.h"

namespace hubmill {

using TrackJson = nlohmann::ordered_json;

inline constexpr int64_t kEventLogBytesMax = 16 << 20;

/// Appends to one file.  Not thread-safe.
class EventLog {
 public:
  /// Makes the file, and its folder; fails where the file exists.
  static Result<EventLog> Create(const std::string& file);

  /// The events in a file, by ParseEvents().
  static Result<std::vector<TrackJson>> Load(const std::string& file);

  /// The line is on its way to the disk when this returns; where it fails, nothing of it stays in
  /// the file.  Bytes that are no UTF-8 become U+FFFD.
  Status Append(const TrackJson& event);

  const std::string& file() const { return file_; }

 private:
  explicit EventLog(std::string file) : file_(std::move(file)) {}

  std::string file_;
};

/// The events that `text` holds.  A last line without its end was cut by a crash and is left out;
/// any other line that is no event is kDataRefused with its row.  `file` is for messages.
Result<std::vector<TrackJson>> ParseEvents(std::string_view text, const std::string& file);

/// How many events of `file` were sent; 0 where nobody says.
int64_t ReadSentCount(const std::string& file);
Status WriteSentCount(const std::string& file, int64_t count);

}  // namespace hubmill

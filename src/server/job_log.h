// What a job said, in bounded files of its folder: `stdout.log`, `stderr.log`, and `events`, where
// each line of it, each progress and each state is an event with a number that only ascends, so
// that a client that lost its connection goes on where it was.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/child_process.h"

namespace hubmill::server {

inline constexpr int64_t kLogBytesMax = 8 << 20;      // Of each stream; what follows is counted.
inline constexpr int64_t kEventsBytesMax = 16 << 20;  // Of `events`.
inline constexpr size_t kLogLineBytesMax = 8 << 10;   // A longer line becomes several events.
inline constexpr size_t kTailBytesMax = 2 << 10;      // Of the end of stderr, kept for messages.

enum class LogStream { kOutput, kMessages };
/// The name of a stream's file in the job's folder.
const char* FileOf(LogStream stream);
inline constexpr char kEventsFile[] = "events";

struct JobEvent {
  int64_t number = 0;
  std::string type;  // state, progress or log.
  std::string data;  // One line of JSON.
};

/// The writing side.  Not thread-safe.  A full disk loses lines, never the job.
class JobLog {
 public:
  /// Makes `folder` where it is missing.
  static Result<JobLog> Open(const std::string& folder);

  /// Bytes of a stream as they came.
  void Append(LogStream stream, std::string_view bytes);
  /// The last lines without an end become events, too.
  void Flush();
  void AppendEvent(std::string_view type, std::string_view data);

  /// The end of stderr, valid UTF-8.
  std::string MessagesTail() const;

 private:
  struct Stream {
    Descriptor file;
    int64_t bytes = 0;
    std::string line;  // Not yet ended.
  };
  JobLog() = default;
  void AppendLine(LogStream stream, std::string_view line);
  void WriteEvents();

  std::array<Stream, 2> streams_;
  std::string tail_;
  Descriptor events_;
  std::string waiting_;  // Events that go to the file in one write.
  int64_t events_bytes_ = 0;
  int64_t progress_bytes_ = 0;  // Of these.
  int64_t last_number_ = 0;
  bool events_full_ = false;
};

/// The reading side: gives events in order, also while they are being written.
class EventReader {
 public:
  /// Events with a number above `after`.
  EventReader(const std::string& folder, int64_t after);
  /// What was added since the last call, at most some hundred; empty: nothing for now.
  std::vector<JobEvent> Read();
  /// The number of the last event read or skipped.
  int64_t last_number() const { return last_number_; }

 private:
  std::string path_;
  Descriptor file_;
  std::string rest_;  // Read, but its line has not ended.
  int64_t after_;
  int64_t last_number_ = 0;
};

/// `bytes` with what is no UTF-8 replaced by U+FFFD.
std::string ValidUtf8(std::string_view bytes);

}  // namespace hubmill::server

// Another program's answer, within bounds: whatever it does (hang, eat memory, print without end,
// start children of its own), it comes back in time, and nothing of it stays.
//
// Memory is watched and not limited by RLIMIT_AS: programs in Go and OCaml reserve far more address
// space than they use.  What counts is the private resident memory of the whole process group,
// looked at every kMemoryLookMs.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "io/child_process.h"

namespace hubmill {

inline constexpr int kMemoryLookMs = 100;
inline constexpr size_t kMessagesBytesMax = 64 << 10;  // Of standard error; the end is kept.

struct ProcessLimits {
  int wall_ms = 60'000;
  int64_t memory_bytes = int64_t{1} << 30;
  int64_t output_bytes = 64 << 20;  // Of standard output.
};

struct ProcessAnswer {
  enum class Outcome : uint8_t { kEnded, kTooLong, kTooMuchMemory, kTooMuchOutput, kCancelled };

  Outcome outcome = Outcome::kEnded;
  ChildEnd end;          // Where it ended by itself, how.
  std::string output;    // Standard output, whole where it ended by itself.
  std::string messages;  // Standard error, the last kMessagesBytesMax bytes.

  bool Exited() const { return outcome == Outcome::kEnded && end.signal == 0; }
  /// "exit=2", "signal=11", "ran longer than 60 s", …; never what the program wrote.
  std::string Describe(const ProcessLimits& limits) const;
};

/// Runs the command to its end or a limit; then its whole process group is killed.  `cancel`, which
/// may be null, ends it too.  Thread-safe.  Fails where the program cannot be started.
Result<ProcessAnswer> RunLimited(const ChildCommand& command, const ProcessLimits& limits,
                                 const std::atomic<bool>* cancel);

/// The private resident memory of a process group, in bytes.
int64_t MemoryOfGroup(int group);

}  // namespace hubmill

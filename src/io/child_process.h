// One child process in a process group of its own, with pipes for what it says.
//
// Children must not outlive their parent: one that is killed by -9 runs no code any more, so each
// child asks the kernel to kill it when its parent ends (PR_SET_PDEATHSIG).  The kernel means the
// parent's *thread*: Start() and Reap() belong to one thread that lives as long as the child does.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/failure.h"

namespace hubmill {

/// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { Close(); }

  int get() const { return fd_; }
  void Close();

 private:
  int fd_ = -1;
};

struct ChildCommand {
  std::vector<std::string> arguments;    // The first is the program's path.
  std::vector<std::string> environment;  // "NAME=VALUE"
  std::string directory;                 // Where it runs; empty: where we do.
};

struct ChildEnd {
  int exit_status = -1;  // -1: ended by `signal`.
  int signal = 0;
};

/// Where a child finds the pipe for its progress.
inline constexpr int kProgressFd = 3;

/// Not thread-safe.
class ChildProcess {
 public:
  /// Standard input is empty.  Fails where the program cannot be started.
  static Result<ChildProcess> Start(const ChildCommand& command);
  ChildProcess(ChildProcess&&) noexcept = default;

  /// Reading ends, which never block.
  const Descriptor& output() const { return output_; }
  const Descriptor& messages() const { return messages_; }
  const Descriptor& progress() const { return progress_; }
  /// Readable once the child ended.
  const Descriptor& ended() const { return ended_; }
  /// Also its group's number.
  int pid() const { return pid_; }

  /// To the whole group.  REQUIRES: before Reap().
  void Signal(int signal) const;
  /// Ends what is left of the group, waits for the child and tells how it ended.  Called once.
  ChildEnd Reap();

 private:
  ChildProcess() = default;
  int pid_ = -1;
  Descriptor output_, messages_, progress_, ended_;
};

}  // namespace hubmill

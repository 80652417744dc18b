#include "io/limited_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace hubmill {
namespace {

using Outcome = ProcessAnswer::Outcome;

/// What a file of /proc says, which has no size; empty where the process is gone.
std::string ReadProc(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 1024> bytes{};
  const ssize_t got = file.get() < 0 ? 0 : read(file.get(), bytes.data(), bytes.size());
  return std::string(bytes.data(), got > 0 ? static_cast<size_t>(got) : 0);
}

/// The group of a process, from its `stat`: the third field behind its name, which ends with the
/// last parenthesis.
int GroupOf(const std::string& stat) {
  const size_t name_end = stat.rfind(") ");
  if (name_end == std::string::npos) return -1;
  const size_t parent = stat.find(' ', name_end + 2);
  const size_t group = parent == std::string::npos ? parent : stat.find(' ', parent + 1);
  return group == std::string::npos ? -1 : std::atoi(stat.c_str() + group + 1);
}

/// Reads what is there, until `out` holds `most` bytes; false once the other end is closed.
bool Drain(const Descriptor& pipe, size_t most, std::string* out) {
  std::array<char, 64 << 10> bytes;
  while (out->size() < most) {
    const ssize_t got = read(pipe.get(), bytes.data(), bytes.size());
    if (got > 0) out->append(bytes.data(), static_cast<size_t>(got));
    if (got == 0) return false;
    if (got < 0 && errno != EINTR) return true;
  }
  return true;
}

/// One byte more than is allowed tells that it is too much.
size_t OutputMost(const ProcessLimits& limits) {
  return static_cast<size_t>(limits.output_bytes) + 1;
}

void KeepTheEnd(std::string* messages) {
  if (messages->size() > kMessagesBytesMax)
    messages->erase(0, messages->size() - kMessagesBytesMax);
}

class Watch {
 public:
  Watch(const ChildProcess& child, const ProcessLimits& limits, const std::atomic<bool>* cancel,
        ProcessAnswer* answer)
      : child_(child), limits_(limits), cancel_(cancel), answer_(*answer) {}

  Outcome ToTheEnd() {
    const auto start = std::chrono::steady_clock::now();
    for (;;) {
      std::array<pollfd, 3> waited = {{{child_.ended().get(), POLLIN, 0},
                                       {open_[0] ? child_.output().get() : -1, POLLIN, 0},
                                       {open_[1] ? child_.messages().get() : -1, POLLIN, 0}}};
      poll(waited.data(), waited.size(), kMemoryLookMs);
      if (!Read()) return Outcome::kTooMuchOutput;
      if (waited[0].revents != 0) return Outcome::kEnded;
      if (cancel_ != nullptr && cancel_->load()) return Outcome::kCancelled;
      const auto now = std::chrono::steady_clock::now();
      if (now - start > std::chrono::milliseconds(limits_.wall_ms)) return Outcome::kTooLong;
      if (now - looked_ < std::chrono::milliseconds(kMemoryLookMs)) continue;
      looked_ = now;
      if (MemoryOfGroup(child_.pid()) > limits_.memory_bytes) return Outcome::kTooMuchMemory;
    }
  }

 private:
  /// False where the output grew too long.
  bool Read() {
    if (open_[0]) open_[0] = Drain(child_.output(), OutputMost(limits_), &answer_.output);
    if (open_[1]) open_[1] = Drain(child_.messages(), 2 * kMessagesBytesMax, &answer_.messages);
    KeepTheEnd(&answer_.messages);
    return answer_.output.size() < OutputMost(limits_);
  }

  const ChildProcess& child_;
  const ProcessLimits& limits_;
  const std::atomic<bool>* cancel_;
  ProcessAnswer& answer_;
  std::array<bool, 2> open_ = {true, true};
  std::chrono::steady_clock::time_point looked_ = std::chrono::steady_clock::now();
};

}  // namespace

int64_t MemoryOfGroup(int group) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc"), &closedir);
  int64_t pages = 0;
  while (const dirent* entry = folder == nullptr ? nullptr : readdir(folder.get())) {
    const std::string name = entry->d_name;
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (GroupOf(ReadProc("/proc/" + name + "/stat")) != group) continue;
    long long total = 0;
    long long resident = 0;
    long long shared = 0;
    const std::string statm = ReadProc("/proc/" + name + "/statm");
    if (std::sscanf(statm.c_str(), "%lld %lld %lld", &total, &resident, &shared) == 3) {
      pages += resident - shared;
    }
  }
  return pages * sysconf(_SC_PAGESIZE);
}

std::string ProcessAnswer::Describe(const ProcessLimits& limits) const {
  switch (outcome) {
    case Outcome::kTooLong:
      return Concat("ran longer than ", limits.wall_ms, " ms");
    case Outcome::kTooMuchMemory:
      return Concat("used more than ", limits.memory_bytes >> 20, " MiB of memory");
    case Outcome::kTooMuchOutput:
      return Concat("wrote more than ", limits.output_bytes, " bytes");
    case Outcome::kCancelled:
      return "was cancelled";
    case Outcome::kEnded:
      break;
  }
  return end.signal != 0 ? Concat("signal=", end.signal) : Concat("exit=", end.exit_status);
}

Result<ProcessAnswer> RunLimited(const ChildCommand& command, const ProcessLimits& limits,
                                 const std::atomic<bool>* cancel) {
  ARROW_ASSIGN_OR_RAISE(ChildProcess child, ChildProcess::Start(command));
  ProcessAnswer answer;
  answer.outcome = Watch(child, limits, cancel, &answer).ToTheEnd();
  answer.end = child.Reap();
  if (answer.outcome != Outcome::kEnded) return answer;
  // What it, or a child of it that has just been killed, left in the pipes.
  Drain(child.output(), OutputMost(limits), &answer.output);
  Drain(child.messages(), 2 * kMessagesBytesMax, &answer.messages);
  KeepTheEnd(&answer.messages);
  if (answer.output.size() >= OutputMost(limits)) answer.outcome = Outcome::kTooMuchOutput;
  return answer;
}

}  // namespace hubmill

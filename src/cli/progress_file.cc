#include "cli/progress_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace hubmill {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr auto kWriteEvery = std::chrono::milliseconds(500);
// Of a long run's time so far a thousandth passes between two lines: what it says grows with the
// logarithm of its time, and a server that keeps the lines has room for those of weeks.
constexpr int kWaitShare = 1000;

SteadyClock::duration WaitAfter(SteadyClock::duration elapsed) {
  return std::max<SteadyClock::duration>(kWriteEvery, elapsed / kWaitShare);
}

}  // namespace

Result<std::unique_ptr<ProgressFile>> ProgressFile::Open(const std::string& path,
                                                         const Progress* progress) {
  if (path.empty()) return nullptr;
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd >= 0) return std::unique_ptr<ProgressFile>(new ProgressFile(fd, progress));
  return WrongUsage("cannot write progress: file=", path, " why=", std::strerror(errno),
                    "; remedy: choose another --progress-file");
}

ProgressFile::ProgressFile(int fd, const Progress* progress) : fd_(fd), progress_(progress) {
  thread_ = std::thread([this] {
    const auto began = SteadyClock::now();
    std::unique_lock lock(mutex_);
    do {
      Write();
    } while (!stop_changed_.wait_for(lock, WaitAfter(SteadyClock::now() - began),
                                     [this] { return stop_; }));
    Write();
  });
}

ProgressFile::~ProgressFile() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stop_changed_.notify_all();
  thread_.join();
  close(fd_);
}

void ProgressFile::Write() {
  const int64_t total = progress_->bytes_total.load();
  std::string line = Concat("{\"rows_read\":", progress_->rows_read.load(),
                            ",\"rows_written\":", progress_->rows_written.load(),
                            ",\"bytes_done\":", progress_->bytes_done.load(), ",\"bytes_total\":");
  line += total < 0 ? "null" : Concat(total);
  const std::string stages = progress_->stages.ToJson(kStagesJsonBytesMax);
  if (!stages.empty()) line += ",\"datasets\":" + stages;
  line += "}\n";
  if (line == last_) return;
  last_ = line;
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t written = write(fd_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    rest.remove_prefix(size_t(written));
  }
}

}  // namespace hubmill

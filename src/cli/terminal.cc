// A bar is redrawn by a thread of its own ten times a second from atomics, so the run never waits
// for a slow terminal.
#include "cli/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/shown_data.h"

namespace hubmill {
namespace {

constexpr auto kRedrawEvery = std::chrono::milliseconds(100);
constexpr int kBarCells = 24;

bool StderrIsTerminal() {
  const char* term = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 && term != nullptr && std::strcmp(term, "dumb") != 0;
}

bool ColourWanted() {
  const char* no_color = std::getenv("NO_COLOR");
  return StderrIsTerminal() && (no_color == nullptr || *no_color == '\0');
}

std::string Formatted(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

std::string Clock(double seconds) {
  const auto whole = std::llround(seconds);
  char text[32];
  if (whole >= 3600) {
    std::snprintf(text, sizeof(text), "%d:%02d:%02d", int(whole / 3600), int(whole / 60 % 60),
                  int(whole % 60));
  } else {
    std::snprintf(text, sizeof(text), "%d:%02d", int(whole / 60), int(whole % 60));
  }
  return text;
}

constexpr int kInterrupts[] = {SIGINT, SIGTERM, SIGHUP};

// What the signal handler may touch.
std::atomic<std::atomic<bool>*> interrupt_target{nullptr};

extern "C" void HandleInterrupt(int signal) {
  std::atomic<bool>* target = interrupt_target.load();
  if (target == nullptr || target->exchange(true)) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
}

}  // namespace

void PrintFacts(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void PrintMessage(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fputc('\n', stderr);
}

int ReportFailure(const Status& status) {
  const bool colour = ColourWanted();
  PrintMessage(std::string(colour ? "\x1b[31merror:\x1b[0m " : "error: ") + status.message() +
               ShownDataOf(status));
  return static_cast<int>(KindOf(status));
}

int FlushFacts(int exit_status) {
  errno = 0;
  const bool failed = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
  if (failed && errno != EPIPE && errno != 0) {
    PrintMessage(std::string("error: cannot write to standard output: reason=") +
                 std::strerror(errno) + "; remedy: make room or choose another place");
    return exit_status == 0 ? 1 : exit_status;
  }
  return exit_status;
}

std::string WithCommas(int64_t value) {
  std::string text = std::to_string(value);
  const size_t first = text[0] == '-' ? 1 : 0;
  for (size_t at = text.size(); at > first + 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

std::string WithUnit(double value, const char* unit) {
  static constexpr const char* kPrefixes[] = {"", "k", "M", "G", "T"};
  size_t prefix = 0;
  while (value >= 1000 && prefix + 1 < std::size(kPrefixes)) {
    value /= 1000;
    ++prefix;
  }
  return Formatted(prefix == 0  ? "%.0f "
                   : value < 10 ? "%.2f "
                                : "%.1f ",
                   value) +
         kPrefixes[prefix] + unit;
}

std::string SummaryLine(int64_t rows_in, int64_t rows_out, int64_t bytes, double wall_s) {
  const double seconds = std::max(wall_s, 1e-6);
  return "done: " + WithCommas(rows_in) + " rows in, " + WithCommas(rows_out) + " rows out, " +
         WithUnit(static_cast<double>(bytes), "B") + " in " + Formatted("%.2f s (", wall_s) +
         WithUnit(static_cast<double>(rows_in) / seconds, "rows/s") + ", " +
         WithUnit(static_cast<double>(bytes) / seconds, "B/s") + ")";
}

ProgressBar::ProgressBar(const Progress* progress, bool wanted)
    : progress_(progress), start_(std::chrono::steady_clock::now()) {
  if (!wanted || !StderrIsTerminal()) return;
  thread_ = std::thread([this] {
    while (!stop_.load()) {
      std::this_thread::sleep_for(kRedrawEvery);
      Draw();
    }
  });
}

ProgressBar::~ProgressBar() {
  if (!thread_.joinable()) return;
  stop_.store(true);
  thread_.join();
  std::fputs("\r\x1b[K", stderr);
}

void ProgressBar::Draw() {
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const auto bytes = static_cast<double>(progress_->bytes_done.load());
  const auto rows = static_cast<double>(progress_->rows_read.load());
  const auto total = static_cast<double>(progress_->bytes_total.load());
  std::string line = "\r\x1b[K";
  if (total > 0) {
    const double part = std::min(bytes / total, 1.0);
    const int cells = static_cast<int>(part * kBarCells);
    line += "[" + std::string(cells, '#') + std::string(kBarCells - cells, '.') + "]" +
            Formatted(" %3.0f%%  ", part * 100);
  }
  line += WithCommas(static_cast<int64_t>(rows)) + " rows  " +
          WithUnit(rows / std::max(seconds, 1e-3), "rows/s") + "  " +
          WithUnit(bytes / std::max(seconds, 1e-3), "B/s");
  if (total > 0 && bytes > 0 && bytes <= total) {
    line += "  " + Clock(seconds * (total - bytes) / bytes) + " left";
  }
  std::fputs(line.c_str(), stderr);
}

InterruptScope::InterruptScope(Progress* progress) {
  interrupt_target.store(&progress->cancel);
  for (const int signal : kInterrupts) {
    // What was ignored from the start, as nohup does, stays ignored.
    if (std::signal(signal, HandleInterrupt) == SIG_IGN) std::signal(signal, SIG_IGN);
  }
}

InterruptScope::~InterruptScope() {
  for (const int signal : kInterrupts) {
    if (std::signal(signal, SIG_DFL) == SIG_IGN) std::signal(signal, SIG_IGN);
  }
  interrupt_target.store(nullptr);
}

}  // namespace hubmill

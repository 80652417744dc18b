// What a person sees: facts on stdout, messages and a progress bar on stderr.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include "core/executor.h"
#include "core/failure.h"

namespace hubmill {

/// Writes facts to stdout.  A reader that went away (`| head`) is no error.
void PrintFacts(const std::string& text);

/// Writes one message line to stderr.
void PrintMessage(const std::string& line);

/// Prints why a command failed; returns its exit status.  REQUIRES: !status.ok().
int ReportFailure(const Status& status);

/// After all facts were printed: 0, or 1 where stdout could not be written (a full disk).
int FlushFacts(int exit_status);

/// "1,234,567"
std::string WithCommas(int64_t value);
/// "1.2 MB"; decimal units.
std::string WithUnit(double value, const char* unit);

/// The last line of a finished run: rows, rates, seconds.
std::string SummaryLine(int64_t rows_in, int64_t rows_out, int64_t bytes, double wall_s);

/// Redraws one line on stderr while a run goes on, and removes it at the end.  Draws only on a
/// terminal; otherwise does nothing.  `progress` must outlive it.
class ProgressBar {
 public:
  ProgressBar(const Progress* progress, bool wanted);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

 private:
  void Draw();

  const Progress* progress_;
  std::chrono::steady_clock::time_point start_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

/// While it lives, the first SIGINT, SIGTERM or SIGHUP sets progress->cancel, so that the run stops
/// cleanly; a second one ends the process.  At most one at a time.
class InterruptScope {
 public:
  explicit InterruptScope(Progress* progress);
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;
};

}  // namespace hubmill

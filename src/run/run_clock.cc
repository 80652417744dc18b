#include "run/run_clock.h"

#include <sys/resource.h>

namespace hubmill {
namespace {

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

RunClock::RunClock() : start_(std::chrono::steady_clock::now()), cpu_start_s_(CpuSeconds()) {}

void RunClock::Stop(RunReport* report) const {
  report->wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  report->cpu_s = CpuSeconds() - cpu_start_s_;
}

}  // namespace hubmill

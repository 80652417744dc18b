// What a run costs: the time on the wall and on all processors, from its start.
#pragma once

#include <chrono>

#include "core/run_report.h"

namespace hubmill {

class RunClock {
 public:
  RunClock();

  /// Writes down what has passed since the start.
  void Stop(RunReport* report) const;

 private:
  std::chrono::steady_clock::time_point start_;
  double cpu_start_s_;
};

}  // namespace hubmill

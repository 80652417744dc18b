// The same task for many numbers, on a few threads that live as long as the call.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

#include "core/failure.h"

namespace hubmill {

/// Calls `task(i)` for 0 <= i < count on at most `threads` threads.  The first failure (of the
/// lowest i among those that ran) is returned, and no further task is begun after it.
template <typename Task>
Status ForEachParallel(size_t count, int threads, const Task& task) {
  std::atomic<size_t> next{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  size_t failed_at = count;
  Status failure;
  const auto work = [&] {
    while (!stop) {
      const size_t i = next.fetch_add(1);
      if (i >= count) return;
      Status status = task(i);
      if (status.ok()) continue;
      stop = true;
      const std::lock_guard lock(mutex);
      if (i < failed_at) {
        failed_at = i;
        failure = std::move(status);
      }
    }
  };
  std::vector<std::thread> pool;
  const size_t extra = std::min(count, static_cast<size_t>(std::max(threads, 1)));
  for (size_t i = 1; i < extra; ++i) pool.emplace_back(work);
  work();
  for (std::thread& thread : pool) thread.join();
  return failure;
}

}  // namespace hubmill

#include "view/parallel_scan.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "core/executor.h"
#include "core/parallel.h"

namespace hubmill {
namespace {

struct Waiting {
  std::shared_ptr<arrow::RecordBatch> rows;
  int64_t first_row = 0;
};

/// What all threads of one scan share.
class ScanRun {
 public:
  ScanRun(RowTable& table, const ScanOptions& options, const UseBatch& use)
      : options_(options), use_(use), rows_total_(table.rows()) {}

  /// False where the scan is to stop.
  Result<bool> Use(const arrow::RecordBatch& batch, int64_t first_row) {
    if (options_.cancel != nullptr && *options_.cancel) return RunFailed("cancelled");
    if (stop_) return false;
    ARROW_RETURN_NOT_OK(use_(batch, first_row));
    const std::lock_guard lock(mutex_);
    rows_ += batch.num_rows();
    if (options_.progress) options_.progress(rows_, rows_total_);
    return true;
  }

  void Stop() { stop_ = true; }
  int64_t rows() const { return rows_; }

 private:
  const ScanOptions& options_;
  const UseBatch& use_;
  const int64_t rows_total_;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  int64_t rows_ = 0;
};

/// Batches that were read and wait to be used; bounded.
class BatchQueue {
 public:
  explicit BatchQueue(size_t batches_max) : batches_max_(batches_max) {}

  /// Waits for room.  False: the queue was closed.
  bool Push(Waiting batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || batches_.size() < batches_max_; });
    if (closed_) return false;
    batches_.push_back(std::move(batch));
    changed_.notify_all();
    return true;
  }

  /// Waits for a batch.  False: closed, and nothing is left.
  bool Pop(Waiting* batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !batches_.empty(); });
    if (batches_.empty()) return false;
    *batch = std::move(batches_.front());
    batches_.pop_front();
    changed_.notify_all();
    return true;
  }

  void Close(bool drop) {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    if (drop) batches_.clear();
    changed_.notify_all();
  }

 private:
  const size_t batches_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> batches_;
  bool closed_ = false;
};

Status ScanSpans(RowTable& table, const std::vector<std::string>& columns,
                 const std::vector<int64_t>& starts, int threads, ScanRun* run) {
  return ForEachParallel(starts.size(), threads, [&](size_t i) -> Status {
    const RowSpan span{.first_row = starts[i],
                       .end_row = i + 1 < starts.size() ? starts[i + 1] : INT64_MAX};
    Status status = table.Scan(columns, span,
                               [&](const std::shared_ptr<arrow::RecordBatch>& batch, int64_t row) {
                                 return run->Use(*batch, row);
                               });
    if (!status.ok()) run->Stop();
    return status;
  });
}

/// One thread reads, all others use.
Status ScanThrough(RowTable& table, const std::vector<std::string>& columns, int threads,
                   ScanRun* run) {
  if (threads == 1) {
    return table.Scan(columns, {},
                      [&](const std::shared_ptr<arrow::RecordBatch>& batch, int64_t row) {
                        return run->Use(*batch, row);
                      });
  }
  BatchQueue queue(static_cast<size_t>(threads));
  std::mutex mutex;
  Status used;
  std::vector<std::thread> users;
  for (int i = 1; i < threads; ++i) {
    users.emplace_back([&] {
      Waiting batch;
      while (queue.Pop(&batch)) {
        const Result<bool> more = run->Use(*batch.rows, batch.first_row);
        if (more.ok()) continue;
        const std::lock_guard lock(mutex);
        if (used.ok()) used = more.status();
        queue.Close(/*drop=*/true);
      }
    });
  }
  Status read = table.Scan(
      columns, {},
      [&](const std::shared_ptr<arrow::RecordBatch>& batch, int64_t row) -> Result<bool> {
        return queue.Push({batch, row});
      });
  queue.Close(/*drop=*/!read.ok());
  for (std::thread& user : users) user.join();
  return read.ok() ? used : read;
}

}  // namespace

Result<int64_t> ScanInParallel(RowTable& table, const std::vector<std::string>& columns,
                               const ScanOptions& options, const UseBatch& use) {
  const int threads = ThreadsOf(options.threads);
  ScanRun run(table, options, use);
  const std::vector<int64_t> starts = table.Starts();
  if (starts.size() > 1 && table.rows() >= 0) {
    ARROW_RETURN_NOT_OK(ScanSpans(table, columns, starts, threads, &run));
  } else {
    ARROW_RETURN_NOT_OK(ScanThrough(table, columns, threads, &run));
  }
  return run.rows();
}

}  // namespace hubmill

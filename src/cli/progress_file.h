// Progress for programs: one line of JSON now and then, beside the bar that people see.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "core/executor.h"
#include "core/failure.h"

namespace hubmill {

/// While it lives, appends {"rows_read":…,"rows_written":…,"bytes_done":…,"bytes_total":…|null} to
/// a file or pipe, with "datasets" of StageProgress::ToJson() once one has begun: at once, after
/// each change twice a second at most (after 500 s a thousandth of the time apart), and at its end.
/// A reader that went away, or a full disk, is no error.  `progress` must outlive it.
class ProgressFile {
 public:
  /// An empty `path`: nothing is written.  kWrongUsage where it cannot be opened.
  static Result<std::unique_ptr<ProgressFile>> Open(const std::string& path,
                                                    const Progress* progress);
  ~ProgressFile();
  ProgressFile(const ProgressFile&) = delete;
  ProgressFile& operator=(const ProgressFile&) = delete;

 private:
  ProgressFile(int fd, const Progress* progress);
  void Write();

  int fd_;
  const Progress* progress_;
  std::string last_;
  std::mutex mutex_;
  std::condition_variable stop_changed_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace hubmill

// What `hubmill feedback watch` did, in a SQLite file, and the lock that keeps two of them apart.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/sqlite/sqlite_database.h"

namespace hubmill {

/// One look at one recipe.
struct WatchRecord {
  std::string started;  // "2026-11-21T02:00:00Z"
  std::string ended;
  std::string recipe;
  int64_t corrections = 0;  // Reviewed ones that the database holds.
  int64_t rows = 0;         // That a set of these would have.
  int64_t threshold = 0;
  std::string outcome;  // waiting, due, published, unchanged, timeout or failed.
  std::string version;  // The set's newest, where that is known.
  std::vector<std::string>
      pending;        // Spaces that could not be restarted: the next look tries again.
  std::string error;  // Holds no secret.
};

/// Not thread-safe; other programs may read the file meanwhile.
class FeedbackHistory {
 public:
  /// kCreate makes the file and its folder.  A file of another make is kDataRefused.
  static Result<FeedbackHistory> Open(const std::string& file, SqliteAccess access);

  Status Append(const WatchRecord& record);
  /// The newest `count`, newest first; of `recipe` alone where it is not empty.
  Result<std::vector<WatchRecord>> Latest(int64_t count, const std::string& recipe = "");

 private:
  explicit FeedbackHistory(SqliteDatabase database) : database_(std::move(database)) {}

  SqliteDatabase database_;
};

/// Held until it is destroyed, or the process ends, however it does.  On this machine alone.
class WatchLock {
 public:
  /// Locks FILE.lock; kRunFailed where another process holds it.
  static Result<WatchLock> Take(const std::string& file);
  ~WatchLock();
  WatchLock(WatchLock&& other) noexcept;
  WatchLock& operator=(WatchLock&&) = delete;

 private:
  explicit WatchLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace hubmill

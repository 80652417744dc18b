// What `hubmill feedback watch` did, in a SQLite file, and the lock that keeps two of them apart.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/sqlite/sqlite_database.h"

namespace hubmill {

inline constexpr char kNoVersion[] = "none";

/// One look at one recipe.
struct WatchRecord {
  int64_t id = 0;       // Of its row; 0: it has none yet.
  std::string started;  // "2026-11-21T02:00:00Z"
  std::string ended;
  std::string recipe;
  int64_t corrections = 0;  // Reviewed ones that the database holds.
  int64_t rows = 0;         // That a set of these would have.
  int64_t threshold = 0;
  std::string outcome;  // waiting, due, begun, published, unchanged, skipped or failed.
  /// The newest version that a look has seen: the Spaces that train on it are restarted, or stand
  /// in `pending`.  kNoVersion where there was none yet, empty where no look has asked.
  std::string version;
  std::vector<std::string> pending;  // Spaces to be restarted; the next look tries again.
  std::string error;                 // Why it failed or was skipped.  Holds no secret.
};

/// "alice/train alice/other"
std::string PendingText(const WatchRecord& record);

/// Not thread-safe; other programs may read the file meanwhile.
class FeedbackHistory {
 public:
  /// kCreate makes the file and its folder.  A file of another make, or with tables of others, is
  /// kDataRefused and stays as it is.
  static Result<FeedbackHistory> Open(const std::string& file, SqliteAccess access);

  /// Adds a row, whose number the record gets; or changes the row that it has.
  Status Write(WatchRecord* record);
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

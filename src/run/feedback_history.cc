#include "run/feedback_history.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <utility>

namespace hubmill {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kFileVersion = 1;  // PRAGMA user_version
constexpr char kColumns[] =
    "started, ended, recipe, corrections, rows, threshold, outcome, version, pending, error";

Result<int64_t> NumberOf(SqliteDatabase& database, const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(SqliteStatement statement, database.Prepare(sql));
  ARROW_RETURN_NOT_OK(statement.Step().status());
  return statement.Integer(0);
}

/// Makes the table of an empty file, whole or not at all.
Status MakeTable(SqliteDatabase& database) {
  ARROW_RETURN_NOT_OK(database.Execute("BEGIN IMMEDIATE"));
  ARROW_RETURN_NOT_OK(database.Execute(
      "CREATE TABLE looks (id INTEGER PRIMARY KEY, started TEXT NOT NULL, ended TEXT NOT NULL, "
      "recipe TEXT NOT NULL, corrections INTEGER NOT NULL, rows INTEGER NOT NULL, threshold "
      "INTEGER NOT NULL, outcome TEXT NOT NULL, version TEXT NOT NULL, pending TEXT NOT NULL, "
      "error TEXT NOT NULL)"));
  ARROW_RETURN_NOT_OK(database.Execute(Concat("PRAGMA user_version = ", kFileVersion)));
  return database.Execute("COMMIT");
}

Status MakeFolder(const std::string& file) {
  std::error_code error;
  const fs::path folder = fs::path(file).parent_path();
  if (!folder.empty()) fs::create_directories(folder, error);
  if (!error) return Status::OK();
  return RunFailed("cannot make a folder: folder=", folder.string(), " why=", error.message(),
                   "; remedy: choose another --history");
}

std::vector<std::string> SplitWords(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

}  // namespace

std::string PendingText(const WatchRecord& record) {
  std::string out;
  for (const std::string& space : record.pending) out += (out.empty() ? "" : " ") + space;
  return out;
}

Result<FeedbackHistory> FeedbackHistory::Open(const std::string& file, SqliteAccess access) {
  if (access == SqliteAccess::kCreate) ARROW_RETURN_NOT_OK(MakeFolder(file));
  ARROW_ASSIGN_OR_RAISE(SqliteDatabase database, SqliteDatabase::Open(file, access));
  ARROW_ASSIGN_OR_RAISE(int64_t version, NumberOf(database, "PRAGMA user_version"));
  ARROW_ASSIGN_OR_RAISE(const int64_t tables,
                        NumberOf(database, "SELECT count(*) FROM sqlite_master"));
  if (version == 0 && tables == 0 && access == SqliteAccess::kCreate) {
    ARROW_RETURN_NOT_OK(MakeTable(database));
    version = kFileVersion;
  }
  if (version != kFileVersion) {
    return DataRefused("not a history of this hubmill: file=", file, " version=", version,
                       "; remedy: choose another --history");
  }
  return FeedbackHistory(std::move(database));
}

Status FeedbackHistory::Write(WatchRecord* record) {
  ARROW_ASSIGN_OR_RAISE(SqliteStatement insert,
                        database_.Prepare(Concat(
                            "INSERT OR REPLACE INTO looks (", kColumns, ", id) VALUES (?, ?, ?, ",
                            "?, ?, ?, ?, ?, ?, ?, nullif(?, 0)) RETURNING id")));
  insert.Bind(1, record->started);
  insert.Bind(2, record->ended);
  insert.Bind(3, record->recipe);
  insert.Bind(4, record->corrections);
  insert.Bind(5, record->rows);
  insert.Bind(6, record->threshold);
  insert.Bind(7, record->outcome);
  insert.Bind(8, record->version);
  insert.Bind(9, PendingText(*record));
  insert.Bind(10, record->error);
  insert.Bind(11, record->id);
  ARROW_RETURN_NOT_OK(insert.Step().status());
  record->id = insert.Integer(0);
  return insert.Step().status();  // To its end, which is when it is on the disk.
}

Result<std::vector<WatchRecord>> FeedbackHistory::Latest(int64_t count, const std::string& recipe) {
  ARROW_ASSIGN_OR_RAISE(
      SqliteStatement row,
      database_.Prepare(
          Concat("SELECT ", kColumns,
                 ", id FROM looks WHERE ?1 = '' OR recipe = ?1 ORDER BY id DESC LIMIT ?2")));
  row.Bind(1, recipe);
  row.Bind(2, count);
  const auto text = [&row](int column) { return std::string(row.Text(column)); };
  std::vector<WatchRecord> records;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool more, row.Step());
    if (!more) return records;
    records.push_back({.id = row.Integer(10),
                       .started = text(0),
                       .ended = text(1),
                       .recipe = text(2),
                       .corrections = row.Integer(3),
                       .rows = row.Integer(4),
                       .threshold = row.Integer(5),
                       .outcome = text(6),
                       .version = text(7),
                       .pending = SplitWords(text(8)),
                       .error = text(9)});
  }
}

Result<WatchLock> WatchLock::Take(const std::string& file) {
  ARROW_RETURN_NOT_OK(MakeFolder(file));
  const std::string path = file + ".lock";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) return WatchLock(fd);
  const int error = errno;
  if (fd >= 0) close(fd);
  if (error == EWOULDBLOCK) {
    return RunFailed("another watch is at work: lock=", path,
                     "; remedy: let it end, or give this one a --history of its own");
  }
  return RunFailed("cannot lock a file: file=", path, " why=", std::strerror(error),
                   "; remedy: choose another --history");
}

WatchLock::~WatchLock() {
  if (fd_ >= 0) close(fd_);
}

WatchLock::WatchLock(WatchLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

}  // namespace hubmill

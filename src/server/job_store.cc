#include "server/job_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/clock.h"
#include "base/utc_text.h"

namespace hubmill::server {
namespace {

constexpr int64_t kStoreVersion = 1;  // PRAGMA user_version
constexpr char kJobsTable[] =
    "CREATE TABLE jobs (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, "
    "state TEXT NOT NULL, request TEXT NOT NULL, created TEXT NOT NULL, started TEXT NOT NULL, "
    "ended TEXT NOT NULL, exit_status INTEGER NOT NULL, error TEXT NOT NULL, "
    "output_dir TEXT NOT NULL, progress TEXT NOT NULL)";
constexpr char kStateIndex[] = "CREATE INDEX jobs_by_state ON jobs (state, number)";
constexpr char kArtefactsTable[] =
    "CREATE TABLE artefacts (job TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, "
    "sha256 TEXT NOT NULL, PRIMARY KEY (job, name)) WITHOUT ROWID";
constexpr char kColumns[] =
    "number, id, state, request, created, started, ended, exit_status, error, output_dir, progress";

Result<int64_t> OneInteger(SqliteDatabase& database, const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(SqliteStatement statement, database.Prepare(sql));
  ARROW_RETURN_NOT_OK(statement.Step().status());
  return statement.Integer(0);
}

/// Runs `body` as one transaction, which is undone where it fails.
template <typename Body>
Status InTransaction(SqliteDatabase& database, Body body) {
  ARROW_RETURN_NOT_OK(database.Execute("BEGIN IMMEDIATE"));
  Status done = body();
  if (done.ok()) done = database.Execute("COMMIT");
  if (!done.ok()) static_cast<void>(database.Execute("ROLLBACK"));
  return done;
}

Result<Job> JobOf(const SqliteStatement& row) {
  const auto text = [&row](int column) { return std::string(row.Text(column)); };
  Job job{.number = row.Integer(0), .id = text(1)};
  const std::optional<JobState> state = StateNamed(row.Text(2));
  if (!state) return DataRefused("a job in the store has an unknown state: job=", job.id);
  job.state = *state;
  ARROW_ASSIGN_OR_RAISE(job.request, JobRequest::FromJson(text(3)));
  job.created = text(4);
  job.started = text(5);
  job.ended = text(6);
  job.exit_status = static_cast<int>(row.Integer(7));
  job.error = text(8);
  job.output_dir = text(9);
  job.progress = text(10);
  return job;
}

/// Runs a change to its end; how many rows it changed.  REQUIRES: the caller holds its lock.
Result<int64_t> ChangedRows(SqliteDatabase& database, SqliteStatement* change) {
  ARROW_RETURN_NOT_OK(change->Step().status());
  return OneInteger(database, "SELECT changes()");
}

Status MakeSchema(SqliteDatabase& database, const std::string& file) {
  ARROW_ASSIGN_OR_RAISE(const int64_t version, OneInteger(database, "PRAGMA user_version"));
  if (version == kStoreVersion) return Status::OK();
  if (version != 0) {
    return DataRefused("the job store is of another version of hubmill: file=", file,
                       " version=", version, " expected=", kStoreVersion,
                       "; remedy: choose another --data-dir");
  }
  return InTransaction(database, [&]() -> Status {
    for (const char* sql : {kJobsTable, kStateIndex, kArtefactsTable}) {
      ARROW_RETURN_NOT_OK(database.Execute(sql));
    }
    return database.Execute(Concat("PRAGMA user_version = ", kStoreVersion));
  });
}

}  // namespace

std::string NowText() { return UtcMillisText(SystemClock().UnixNanos() / 1'000'000); }

Result<DataDirLock> DataDirLock::Take(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  const bool made = fs::create_directories(folder, error);
  if (made) fs::permissions(folder, fs::perms::owner_all, error);  // Logs and rows lie in it.
  if (error) {
    return WrongUsage("cannot make the data directory: folder=", folder, " why=", error.message(),
                      "; remedy: choose another --data-dir, or mend its rights");
  }
  const std::string path = folder + "/lock";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) return DataDirLock(fd);
  const int problem = errno;
  if (fd >= 0) close(fd);
  if (fd >= 0 && problem == EWOULDBLOCK) {
    return RunFailed("another server works on this data directory: folder=", folder,
                     "; remedy: end it, or give this one a --data-dir of its own");
  }
  return WrongUsage("cannot lock the data directory: file=", path, " why=", std::strerror(problem),
                    "; remedy: choose another --data-dir, or mend its rights");
}

DataDirLock::~DataDirLock() {
  if (fd_ >= 0) close(fd_);
}

DataDirLock::DataDirLock(DataDirLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Result<std::unique_ptr<JobStore>> JobStore::Open(const std::string& file) {
  ARROW_ASSIGN_OR_RAISE(SqliteDatabase write, SqliteDatabase::Open(file, SqliteAccess::kCreate));
  ARROW_RETURN_NOT_OK(write.Execute("PRAGMA journal_mode = WAL"));
  ARROW_RETURN_NOT_OK(write.Execute("PRAGMA synchronous = FULL"));
  ARROW_RETURN_NOT_OK(MakeSchema(write, file));
  ARROW_ASSIGN_OR_RAISE(SqliteDatabase read, SqliteDatabase::Open(file, SqliteAccess::kRead));
  return std::unique_ptr<JobStore>(new JobStore(std::move(write), std::move(read)));
}

Result<int64_t> JobStore::MarkInterrupted() {
  const std::lock_guard lock(write_mutex_);
  ARROW_ASSIGN_OR_RAISE(SqliteStatement update,
                        write_.Prepare("UPDATE jobs SET state = 'interrupted', ended = ?1, error = "
                                       "'the server ended while the job ran; remedy: submit it "
                                       "again' WHERE state = 'running'"));
  update.Bind(1, NowText());
  return ChangedRows(write_, &update);
}

Result<bool> JobStore::Add(const Job& job, int64_t queue_max) {
  const std::lock_guard lock(write_mutex_);
  ARROW_ASSIGN_OR_RAISE(
      SqliteStatement insert,
      write_.Prepare("INSERT INTO jobs (id, state, request, created, started, ended, exit_status, "
                     "error, output_dir, progress) SELECT ?1, 'queued', ?2, ?3, '', '', -1, '', "
                     "?4, '' WHERE (SELECT count(*) FROM jobs WHERE state = 'queued') < ?5"));
  insert.Bind(1, job.id);
  insert.Bind(2, job.request.ToJson());
  insert.Bind(3, job.created);
  insert.Bind(4, job.output_dir);
  insert.Bind(5, queue_max);
  ARROW_ASSIGN_OR_RAISE(const int64_t added, ChangedRows(write_, &insert));
  return added == 1;
}

Result<std::optional<Job>> JobStore::TakeNext() {
  const std::lock_guard lock(write_mutex_);
  ARROW_ASSIGN_OR_RAISE(SqliteStatement next,
                        write_.Prepare(Concat("UPDATE jobs SET state = 'running', started = ?1 "
                                              "WHERE number = (SELECT min(number) FROM jobs WHERE "
                                              "state = 'queued') RETURNING ",
                                              kColumns)));
  next.Bind(1, NowText());
  ARROW_ASSIGN_OR_RAISE(const bool found, next.Step());
  if (!found) return std::optional<Job>();
  Result<Job> job = JobOf(next);
  ARROW_RETURN_NOT_OK(next.Step().status());  // Where the statement ends, it is committed.
  ARROW_RETURN_NOT_OK(job.status());
  Forget(job->id);
  return std::optional<Job>(*std::move(job));
}

Result<bool> JobStore::CancelQueued(const std::string& id) {
  const std::lock_guard lock(write_mutex_);
  ARROW_ASSIGN_OR_RAISE(SqliteStatement update,
                        write_.Prepare("UPDATE jobs SET state = 'cancelled', ended = ?1, error = "
                                       "'cancelled before it began' WHERE id = ?2 AND state = "
                                       "'queued'"));
  update.Bind(1, NowText());
  update.Bind(2, id);
  ARROW_ASSIGN_OR_RAISE(const int64_t changed, ChangedRows(write_, &update));
  Forget(id);
  return changed == 1;
}

Status JobStore::WriteEnd(const Job& job, const std::vector<Artefact>& artefacts) {
  ARROW_ASSIGN_OR_RAISE(SqliteStatement update,
                        write_.Prepare("UPDATE jobs SET state = ?1, ended = ?2, exit_status = ?3, "
                                       "error = ?4, progress = ?5 WHERE id = ?6"));
  update.Bind(1, NameOf(job.state));
  update.Bind(2, job.ended);
  update.Bind(3, static_cast<int64_t>(job.exit_status));
  update.Bind(4, job.error);
  update.Bind(5, job.progress);
  update.Bind(6, job.id);
  ARROW_RETURN_NOT_OK(update.Step().status());
  for (const Artefact& artefact : artefacts) {
    ARROW_ASSIGN_OR_RAISE(
        SqliteStatement insert,
        write_.Prepare("INSERT OR REPLACE INTO artefacts (job, name, size, sha256) VALUES (?1, "
                       "?2, ?3, ?4)"));
    insert.Bind(1, job.id);
    insert.Bind(2, artefact.name);
    insert.Bind(3, artefact.size_bytes);
    insert.Bind(4, artefact.sha256);
    ARROW_RETURN_NOT_OK(insert.Step().status());
  }
  return Status::OK();
}

Status JobStore::Finish(const Job& job, const std::vector<Artefact>& artefacts) {
  const std::lock_guard lock(write_mutex_);
  Status done = InTransaction(write_, [&] { return WriteEnd(job, artefacts); });
  Forget(job.id);
  return done;
}

/// After a change was committed: who reads the store from now on reads the new state, and who read
/// the old one has put it into known_ already, since both hold read_mutex_ meanwhile.
void JobStore::Forget(const std::string& id) {
  const std::lock_guard lock(read_mutex_);
  const std::unique_lock known(known_mutex_);
  known_.erase(id);
}

Result<std::shared_ptr<const Job>> JobStore::Find(const std::string& id) {
  {
    const std::shared_lock known(known_mutex_);
    const auto found = known_.find(id);
    if (found != known_.end()) return found->second;
  }
  const std::lock_guard lock(read_mutex_);
  ARROW_ASSIGN_OR_RAISE(SqliteStatement row,
                        read_.Prepare(Concat("SELECT ", kColumns, " FROM jobs WHERE id = ?1")));
  row.Bind(1, id);
  ARROW_ASSIGN_OR_RAISE(const bool there, row.Step());
  if (!there) return nullptr;
  ARROW_ASSIGN_OR_RAISE(Job job, JobOf(row));
  auto shared = std::make_shared<const Job>(std::move(job));
  const std::unique_lock known(known_mutex_);
  if (known_.size() >= kKnownJobsMax) known_.clear();
  known_[id] = shared;
  return shared;
}

Result<std::vector<Job>> JobStore::List(const JobFilter& filter) {
  const std::lock_guard lock(read_mutex_);
  ARROW_ASSIGN_OR_RAISE(
      SqliteStatement row,
      read_.Prepare(
          Concat("SELECT ", kColumns, " FROM jobs WHERE (?1 = '' OR state = ?1) AND (?2 ",
                 "= 0 OR number < ?2) AND (?4 = '' OR json_extract(request, '$.recipe') = ?4) ",
                 "ORDER BY number DESC LIMIT ?3")));
  row.Bind(1, filter.state ? NameOf(*filter.state) : std::string_view(""));
  row.Bind(2, filter.before);
  row.Bind(3, filter.count_max);
  row.Bind(4, filter.recipe);
  std::vector<Job> jobs;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const bool more, row.Step());
    if (!more) return jobs;
    ARROW_ASSIGN_OR_RAISE(Job job, JobOf(row));
    jobs.push_back(std::move(job));
  }
}

Result<int64_t> JobStore::Count(JobState state) {
  const std::lock_guard lock(read_mutex_);
  return OneInteger(read_, Concat("SELECT count(*) FROM jobs WHERE state = '", NameOf(state), "'"));
}

Result<std::vector<Artefact>> JobStore::Artefacts(const std::string& id) {
  const std::lock_guard lock(read_mutex_);
  ARROW_ASSIGN_OR_RAISE(
      SqliteStatement row,
      read_.Prepare("SELECT name, size, sha256 FROM artefacts WHERE job = ?1 ORDER BY name"));
  row.Bind(1, id);
  std::vector<Artefact> artefacts;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const bool more, row.Step());
    if (!more) return artefacts;
    artefacts.push_back({std::string(row.Text(0)), row.Integer(1), std::string(row.Text(2))});
  }
}

}  // namespace hubmill::server

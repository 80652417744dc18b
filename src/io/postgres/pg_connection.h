// One connection to a PostgreSQL server, in one read-only snapshot of its data.
//
// Everything is read in a transaction of level REPEATABLE READ, READ ONLY: all queries see the
// database as it was at the first of them, and none can change it.
#pragma once

#include <arrow/buffer_builder.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"
#include "io/postgres/pg_types.h"

struct pg_conn;
struct pg_result;

namespace hubmill {

struct PgSettings {
  std::string url;                            // As a user writes it; may hold a password.
  int64_t connect_timeout_s = 10;             // Where the URL names no connect_timeout.
  int64_t statement_timeout_s = 0;            // The server stops a query after it; 0: never.
  std::string snapshot;                       // Of another connection; empty: a new one.
  const std::atomic<bool>* cancel = nullptr;  // Ends every wait when it becomes true; may be null.
};

/// A failure and whether another try may help: the server was away, restarting or full, or the
/// connection was cut.
struct PgFailure {
  Status status;
  bool again = false;
  bool stale_snapshot = false;  // PgSettings::snapshot ended with the connection it was taken on.
};

/// Not thread-safe.  Failures are of kind kService, a query that the server does not understand
/// kWrongUsage.  No message holds the URL, the password, or a value of the data.  No wait is longer
/// than statement_timeout_s and ten seconds; a cancelled one ends within a tenth of a second, and
/// the server is told to stop.
class PgConnection {
 public:
  /// Connects and begins the transaction.  Null where it fails, with `failure` set.
  static std::unique_ptr<PgConnection> Open(const PgSettings& settings, PgFailure* failure);
  ~PgConnection();
  PgConnection(const PgConnection&) = delete;
  PgConnection& operator=(const PgConnection&) = delete;

  /// "postgresql://HOST:PORT/DATABASE"
  const std::string& name() const { return name_; }

  /// The columns of a query, without running it.  Refuses types that have no Arrow type, all of
  /// them at once, and columns without a name or with one that is used twice.
  Result<std::vector<PgColumn>> Describe(const std::string& query);

  /// A name by which other connections see the same snapshot, as long as this one lives; empty
  /// where the server has no such thing.
  std::string ExportSnapshot();

  /// Whether the connection, which runs no query now, still stands.
  bool Alive();

  /// Starts a query, whose rows NextRow() then returns.  One query at a time.
  Status Start(const std::string& query);

  /// Appends the bytes of the next row to `out` (see pg_rows.h); false after the last one.
  Result<bool> NextRow(arrow::BufferBuilder* out);

  /// Whether another try, on a new connection, may help after the last failure.
  bool again() const { return again_; }

 private:
  using Answer = std::unique_ptr<pg_result, void (*)(pg_result*)>;

  PgConnection(pg_conn* connection, const PgSettings& settings);

  bool cancelled() const { return cancel_ != nullptr && cancel_->load(); }

  static PgFailure WhyNoConnection(const pg_conn* connection);

  /// Waits a moment for more of the server's answer.  Fails where the run is cancelled, the
  /// connection is cut, or the server has said nothing for too long `since`.
  Status AwaitMore(std::chrono::steady_clock::time_point since);

  /// The last answer to what was `sent` (0: it could not be), or the first part of a COPY.
  Result<Answer> Receive(int sent);
  Result<Answer> Execute(const std::string& sql);

  /// What the server said about a statement.
  Status Refused(const pg_result* result);
  Status FindTypes(const pg_result* description, std::vector<PgColumn>* columns);

  pg_conn* const connection_;
  const std::atomic<bool>* const cancel_;
  const std::chrono::seconds silence_max_;  // 0: for ever.
  std::string name_;
  bool again_ = false;
  bool wide_ = false;      // libpq has room for kReceiveBytes.
  bool at_start_ = false;  // Of a query's rows, where the stream's header stands.
};

}  // namespace hubmill

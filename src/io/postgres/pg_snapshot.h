// One state of a database for all that is read of it at a time: the data sets of a recipe, or the
// runs of one command.
//
// PostgreSQL lets a transaction take over the snapshot of another one that is still open.  So a
// connection of its own holds the snapshot, and whoever reads the same database while it is held
// takes it over, without knowing who else does.
#pragma once

#include <memory>
#include <string>

#include "core/failure.h"
#include "io/postgres/pg_connection.h"

namespace hubmill {

/// Opens a connection; tries again `retries` times, after 2, 4, 8, ... seconds, where that may
/// help.  A snapshot that has ended is not taken over: the connection has a new one.
Result<std::unique_ptr<PgConnection>> ConnectPg(PgSettings settings, int64_t retries);

/// Waits before a connection is tried again: 2 s before the first retry, 4, 8, ...  False where the
/// run is cancelled meanwhile.
bool PauseBeforeRetry(const PgSettings& settings, int64_t retry);

/// Thread-safe.
class PgSnapshot {
 public:
  /// The snapshot of the database at `settings.url` that is held in this process, else a new one,
  /// which is held as long as the result lives.
  static Result<std::shared_ptr<PgSnapshot>> Share(const PgSettings& settings, int64_t retries);

  /// For PgSettings::snapshot; empty where the server cannot share one.
  const std::string& id() const { return id_; }

 private:
  explicit PgSnapshot(std::unique_ptr<PgConnection> connection)
      : connection_(std::move(connection)), id_(connection_->ExportSnapshot()) {}

  const std::unique_ptr<PgConnection> connection_;
  const std::string id_;
};

}  // namespace hubmill

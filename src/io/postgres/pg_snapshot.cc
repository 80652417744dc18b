#include "io/postgres/pg_snapshot.h"

#include <chrono>
#include <map>
#include <mutex>
#include <thread>

namespace hubmill {

bool PauseBeforeRetry(const PgSettings& settings, int64_t retry) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::seconds(int64_t{2} << retry);
  while (Clock::now() < end) {
    if (settings.cancel != nullptr && settings.cancel->load()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

Result<std::unique_ptr<PgConnection>> ConnectPg(PgSettings settings, int64_t retries) {
  for (int64_t retry = 0;;) {
    PgFailure failure;
    auto connection = PgConnection::Open(settings, &failure);
    if (connection != nullptr) return connection;
    if (failure.stale_snapshot) {
      settings.snapshot.clear();
      continue;
    }
    if (!failure.again || retry >= retries) {
      if (retry == 0) return failure.status;
      return WithContext(failure.status, Concat("after ", retry + 1, " tries: "));
    }
    if (!PauseBeforeRetry(settings, retry++)) return RunFailed("interrupted");
  }
}

Result<std::shared_ptr<PgSnapshot>> PgSnapshot::Share(const PgSettings& settings, int64_t retries) {
  static std::mutex mutex;
  static auto* held = new std::map<std::string, std::weak_ptr<PgSnapshot>>;  // By URL.
  const std::scoped_lock lock(mutex);
  std::shared_ptr<PgSnapshot> snapshot = (*held)[settings.url].lock();
  if (snapshot != nullptr && snapshot->connection_->Alive()) return snapshot;
  ARROW_ASSIGN_OR_RAISE(auto connection, ConnectPg(settings, retries));
  snapshot.reset(new PgSnapshot(std::move(connection)));
  (*held)[settings.url] = snapshot;
  return snapshot;
}

}  // namespace hubmill

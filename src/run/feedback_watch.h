// One look of `hubmill feedback watch` at one recipe: are there corrections enough for a new set?
// Then have it made, here or by a Space, and restart the Spaces that train on it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hub/client.h"
#include "hubmill/hubmill.h"
#include "run/feedback_history.h"

namespace hubmill {

/// What became of a set that was prepared.
struct PreparedSet {
  bool published = false;  // Else nothing had changed, or there was too little.
  std::string version;     // The tag, where there is one.
  std::string skipped;     // Why, where there was too little.
};

struct WatchRequest {
  const Recipe& recipe;  // REQUIRES: recipe.watch
  HubClient& hub;
  /// Prepares and publishes, as `hubmill feedback run` does.  Not called where watch.space does it.
  std::function<Result<PreparedSet>()> prepare;
  /// Keeps the record, with the outcome `begun`, before anything is changed: the next look then
  /// goes on where this one is killed.
  std::function<Status(WatchRecord*)> keep;
  std::string version;               // Of the record before this one; empty: none is known.
  std::vector<std::string> pending;  // Of the same.
  bool dry_run = false;          // Count, and say what is due; change nothing, wait for nothing.
  Progress* progress = nullptr;  // `cancel` ends waiting.
};

struct WatchLook {
  WatchRecord record;
  Status status;  // Of the worst that happened; the record's `error` is its message.
};

/// How many rows the source's query of that split returns; of its only one where it has one.
Result<int64_t> CountRows(const Recipe& recipe, const std::string& split);

/// The version that dataset_metadata.json of the repository's main branch names; empty where there
/// is no such file yet, or no repository.
Result<std::string> PublishedVersion(HubClient& hub, const std::string& repo);

/// Looks, acts, and tells.  Waits for watch.space up to watch.poll_timeout_s.
WatchLook LookOnce(const WatchRequest& request);

}  // namespace hubmill

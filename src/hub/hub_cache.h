// What was read from a Hub, kept on the disk, so that it is transferred once.
//
// Entries are named by what they hold for ever: a piece of a file by the file's digest and its
// place in it, a listing by the commit it is of.  So nothing in here goes stale, and several
// processes may use one folder: an entry is written beside its place and renamed, and whoever comes
// second writes the same bytes again.  Each entry ends with a checksum of its name and bytes; one
// that is wrong counts as missing, so a damaged disk costs a transfer, never a row.
//
// A cache is a convenience: where it cannot be written (no room, no right), nothing is kept and
// nobody fails.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/failure.h"
#include "hub/endpoint.h"

namespace hubmill {

inline constexpr int64_t kHubCacheGibDefault = 50;

struct HubCacheOptions {
  std::string folder;                             // Made on first use, for its owner alone.
  int64_t bytes_max = kHubCacheGibDefault << 30;  // 0: nothing is kept.
};

/// $HUBMILL_CACHE, else $XDG_CACHE_HOME/hubmill/hub, else ~/.cache/hubmill/hub; and
/// $HUBMILL_CACHE_GB.
Result<HubCacheOptions> FindHubCache(const EnvironmentLookup& environment);

struct HubCacheUse {
  int64_t entries = 0;
  int64_t bytes = 0;
};

/// Thread-safe, and safe beside other processes.
class HubCache {
 public:
  explicit HubCache(HubCacheOptions options) : options_(std::move(options)) {}

  /// The bytes of an entry, unaltered, or nothing.  The entry counts as used now.
  std::optional<std::string> Read(const std::string& name);

  /// Keeps `bytes` under a relative path.  Where the folder then holds more than it may, what was
  /// not used for longest goes.
  void Write(const std::string& name, std::string_view bytes);

  /// Forgets an entry, all below a folder, or everything ("").
  void Remove(const std::string& name);

  HubCacheUse Measure() const;

 private:
  std::string PathOf(const std::string& name) const;
  void Evict();

  const HubCacheOptions options_;
  std::mutex mutex_;
  int64_t bytes_ = 0;    // In the folder, as far as this process knows.
  int64_t written_ = 0;  // By this process since it looked.
};

}  // namespace hubmill

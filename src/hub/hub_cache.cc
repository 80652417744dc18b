#include "hub/hub_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <filesystem>
#include <vector>

#include "base/hash.h"
#include "hub/digest.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

constexpr char kFormat[] = "/v1/";     // Another format gets another folder.
constexpr size_t kChecksumBytes = 32;  // XXH3-128 in hexadecimal, at an entry's end.
constexpr int64_t kMeasuresPerFill = 16;
constexpr int64_t kEntryBytesMax = 1 << 30;

std::string ChecksumOf(std::string_view name, std::string_view bytes) {
  Xxh3Stream hash;
  hash.Update(name);
  hash.Update(bytes);
  return HexOf(hash.Digest128());
}

struct FoundEntry {
  fs::path path;
  int64_t bytes = 0;
  timespec used{};
};

/// Every file below `folder`, those that a killed process left half written among them.
std::vector<FoundEntry> ListEntries(const std::string& folder) {
  std::vector<FoundEntry> found;
  std::error_code error;
  fs::recursive_directory_iterator walk(folder, fs::directory_options::none, error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    struct stat facts {};
    if (lstat(walk->path().c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) continue;
    found.push_back({walk->path(), facts.st_size, facts.st_mtim});
  }
  return found;
}

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = write(fd, bytes.data(), bytes.size());
    if (done < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(done));
  }
  return true;
}

}  // namespace

Result<HubCacheOptions> FindHubCache(const EnvironmentLookup& environment) {
  HubCacheOptions options;
  if (const auto folder = environment("HUBMILL_CACHE")) {
    options.folder = *folder;
  } else if (const auto cache = environment("XDG_CACHE_HOME")) {
    options.folder = *cache + "/hubmill/hub";
  } else if (const auto home = environment("HOME")) {
    options.folder = *home + "/.cache/hubmill/hub";
  } else {
    options.bytes_max = 0;
  }
  if (const auto text = environment("HUBMILL_CACHE_GB")) {
    int64_t gib = -1;
    const char* end = text->data() + text->size();
    const auto [at, error] = std::from_chars(text->data(), end, gib);
    if (error != std::errc() || at != end || gib < 0 || gib > (1 << 20)) {
      return WrongUsage("a setting is not a number of GiB: name=HUBMILL_CACHE_GB min=0 max=",
                        1 << 20, "; remedy: correct it, 0 keeps nothing");
    }
    options.bytes_max = gib << 30;
  }
  return options;
}

std::string HubCache::PathOf(const std::string& name) const {
  return options_.folder + kFormat + name;
}

std::optional<std::string> HubCache::Read(const std::string& name) {
  if (options_.bytes_max == 0) return std::nullopt;
  const std::string path = PathOf(name);
  Result<std::string> entry = ReadWholeFile(path, kEntryBytesMax);
  if (!entry.ok() || entry->size() < kChecksumBytes) return std::nullopt;
  const std::string checksum = entry->substr(entry->size() - kChecksumBytes);
  entry->resize(entry->size() - kChecksumBytes);
  if (ChecksumOf(name, *entry) != checksum) return std::nullopt;
  utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
  return std::move(entry).ValueUnsafe();
}

void HubCache::Write(const std::string& name, std::string_view bytes) {
  const auto entry_bytes = static_cast<int64_t>(bytes.size() + kChecksumBytes);
  if (entry_bytes > std::min(options_.bytes_max, kEntryBytesMax)) return;
  const std::string path = PathOf(name);
  static std::atomic<int64_t> serial{0};
  const std::string beside = Concat(path, ".", getpid(), "-", serial++, ".part");
  std::error_code error;
  if (!fs::exists(options_.folder, error)) {
    fs::create_directories(options_.folder, error);
    fs::permissions(options_.folder, fs::perms::owner_all, error);  // Private repositories' rows.
  }
  fs::create_directories(fs::path(path).parent_path(), error);
  const int fd = open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return;
  const bool written = WriteAll(fd, bytes) && WriteAll(fd, ChecksumOf(name, bytes));
  if (close(fd) != 0 || !written || rename(beside.c_str(), path.c_str()) != 0) {
    unlink(beside.c_str());
    return;
  }
  const std::lock_guard lock(mutex_);
  written_ += entry_bytes;
  bytes_ += entry_bytes;
  if (written_ == entry_bytes || written_ > options_.bytes_max / kMeasuresPerFill) {
    bytes_ = Measure().bytes;  // Other processes write too.
    written_ = 1;
  }
  if (bytes_ > options_.bytes_max) Evict();
}

void HubCache::Remove(const std::string& name) {
  std::error_code ignored;  // What stays is found wrong when it is read.
  fs::remove_all(PathOf(name), ignored);
}

HubCacheUse HubCache::Measure() const {
  HubCacheUse use;
  for (const FoundEntry& entry : ListEntries(options_.folder + kFormat)) {
    ++use.entries;
    use.bytes += entry.bytes;
  }
  return use;
}

void HubCache::Evict() {
  std::vector<FoundEntry> entries = ListEntries(options_.folder + kFormat);
  std::sort(entries.begin(), entries.end(), [](const FoundEntry& a, const FoundEntry& b) {
    return std::pair(a.used.tv_sec, a.used.tv_nsec) < std::pair(b.used.tv_sec, b.used.tv_nsec);
  });
  bytes_ = 0;
  for (const FoundEntry& entry : entries) bytes_ += entry.bytes;
  const int64_t wanted = options_.bytes_max - options_.bytes_max / 10;
  std::error_code ignored;  // Another process may have been faster.
  for (const FoundEntry& entry : entries) {
    if (bytes_ <= wanted) break;
    fs::remove(entry.path, ignored);
    fs::remove(entry.path.parent_path(), ignored);  // Where nothing else is in it.
    bytes_ -= entry.bytes;
  }
}

}  // namespace hubmill

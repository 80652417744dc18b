// A band at a time: an open-addressed table maps a key to the first row that had it, and every
// later row with that key is united with it.  A million rows under one key cost one look each.
//
// The table would outgrow the cache, and then memory before the union-find does, so a band is gone
// through several times, each time for the keys of one part (their top bits): reading a key again
// in order costs a nanosecond, looking it up in a table of 8 MiB 30 of them.  A band in a file is
// read again only where the table would be too large for memory.  Parts of bands are looked up side
// by side; uniting is the same in any order, so neither parts nor files nor threads change a
// result.
#include "stages/near_clusters.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "core/parallel.h"
#include "io/hashed_file.h"

namespace hubmill {
namespace {

constexpr uint32_t kNone = UINT32_MAX;
constexpr size_t kBlockKeys = 16 << 10;
constexpr size_t kCachedBytes = 1 << 20;  // A table of which stays in a processor's cache.
constexpr size_t kPartsMax = 32;          // To keep it there.
constexpr size_t kTableBytes = 16 << 20;  // Of all threads at most, or 16 bytes a row.
constexpr size_t kRowsOfThread = 20'000;  // Fewer are not worth a second one.
constexpr size_t kPairsKept = 4096;       // Before a thread tells the others.

struct Place {
  uint64_t key;
  uint32_t row;
};

/// How often a band of `rows` is gone through; a power of two.
size_t PartsOf(size_t rows, bool in_memory, size_t threads) {
  const auto table_bytes = [rows](size_t parts) {
    return std::bit_ceil(2 * rows / parts + 2) * sizeof(Place);
  };
  size_t parts = 1;
  while (threads * table_bytes(parts) > std::max(kTableBytes, 16 * rows)) parts *= 2;
  if (!in_memory) return parts;
  const size_t parts_max = std::max(kPartsMax, 4 * threads);
  while (parts < parts_max && table_bytes(parts) > kCachedBytes) parts *= 2;
  return parts;
}

struct Pair {
  uint32_t a;
  uint32_t b;
};

/// Trees of rows; the root of each is its smallest row.  Thread-safe.
class Forest {
 public:
  explicit Forest(size_t rows) : parents_(rows) { std::iota(parents_.begin(), parents_.end(), 0U); }

  void Unite(std::span<const Pair> pairs) {
    const std::lock_guard lock(mutex_);
    for (const Pair& pair : pairs) {
      const uint32_t a = Root(pair.a);
      const uint32_t b = Root(pair.b);
      if (a != b) parents_[std::max(a, b)] = std::min(a, b);
    }
  }

  /// Of each row.  Called once, when all are united.
  std::vector<uint32_t> Roots() {
    for (uint32_t row = 0; row < parents_.size(); ++row) parents_[row] = Root(row);
    return std::move(parents_);
  }

 private:
  /// Paths are halved on the way.
  uint32_t Root(uint32_t row) {
    while (parents_[row] != row) row = parents_[row] = parents_[parents_[row]];
    return row;
  }

  std::mutex mutex_;
  std::vector<uint32_t> parents_;
};

/// The keys of one part of a band, and the first row of each.
class PartTable {
 public:
  void Begin(size_t places, Forest* forest) {
    places_.assign(places, {0, kNone});
    used_ = 0;
    same_.clear();  // Of a task that failed.
    forest_ = forest;
  }

  void Look(uint64_t key, uint32_t row) {
    if (2 * (used_ + 1) > places_.size()) Widen();
    Place& place = PlaceOf(key);
    if (place.row == kNone) {
      place = {key, row};
      ++used_;
      return;
    }
    same_.push_back({place.row, row});
    if (same_.size() == kPairsKept) Flush();
  }

  /// Has the forest know all that was found, and frees what is large.
  void End() {
    Flush();
    if (places_.size() * sizeof(Place) > kCachedBytes) std::vector<Place>().swap(places_);
  }

 private:
  void Flush() {
    forest_->Unite(same_);
    same_.clear();
  }

  Place& PlaceOf(uint64_t key) {
    size_t at = key & (places_.size() - 1);
    while (places_[at].row != kNone && places_[at].key != key) at = (at + 1) & (places_.size() - 1);
    return places_[at];
  }

  /// Twice the size: a part may hold more than its share of keys.
  void Widen() {
    std::vector<Place> narrow(2 * places_.size(), {0, kNone});
    narrow.swap(places_);
    for (const Place& place : narrow) {
      if (place.row != kNone) PlaceOf(place.key) = place;
    }
  }

  std::vector<Place> places_;
  size_t used_ = 0;
  std::vector<Pair> same_;
  Forest* forest_ = nullptr;
};

}  // namespace

/// The keys of one band, in row order: first those in the file, then those in memory.
class NearClusters::Band {
 public:
  Band() = default;
  ~Band() {
    if (file_ >= 0) close(file_);
  }
  Band(Band&& other) noexcept
      : blocks_(std::move(other.blocks_)),
        used_(other.used_),
        file_(std::exchange(other.file_, -1)),
        path_(std::move(other.path_)) {
    other.used_ = kBlockKeys;
  }
  Band& operator=(Band&& other) noexcept {
    std::swap(blocks_, other.blocks_);
    std::swap(used_, other.used_);
    std::swap(file_, other.file_);
    std::swap(path_, other.path_);
    return *this;
  }

  /// Whether a new block was begun.
  bool Add(uint64_t key) {
    const bool begin = used_ == kBlockKeys;
    if (begin) {
      blocks_.push_back(std::make_unique<uint64_t[]>(kBlockKeys));
      used_ = 0;
    }
    blocks_.back()[used_++] = key;
    return begin;
  }

  /// Writes the keys in memory behind those in the file, which has no name: nothing is left of it
  /// when the process ends, however that is.
  Status Spill(const std::string& folder, int64_t* bytes) {
    if (file_ < 0) {
      path_ = folder + "/bands";
      file_ = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
      if (file_ < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {  // Not every file system can.
        std::string name = folder + "/hubmill-bands-XXXXXX";
        file_ = mkostemp(name.data(), O_CLOEXEC);
        if (file_ >= 0) unlink(name.c_str());
      }
      if (file_ < 0) return FileFailure("create a temporary file", folder, errno);
    }
    for (size_t block = 0; block < blocks_.size(); ++block) {
      const size_t keys = block + 1 == blocks_.size() ? used_ : kBlockKeys;
      const char* from = reinterpret_cast<const char*>(blocks_[block].get());
      for (size_t left = keys * sizeof(uint64_t); left > 0;) {
        const ssize_t written = write(file_, from, left);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return FileFailure("write a temporary file", path_, errno);
        from += written;
        left -= size_t(written);
        *bytes += written;
      }
    }
    blocks_.clear();
    used_ = kBlockKeys;
    return Status::OK();
  }

  /// Calls `visit(keys)` with all keys, a span at a time.
  template <typename Visit>
  Status ForEach(const Visit& visit) const {
    std::vector<uint64_t> read_keys(file_ < 0 ? 0 : kBlockKeys);
    const size_t block_bytes = read_keys.size() * sizeof(uint64_t);
    for (off_t at = 0; file_ >= 0;) {
      size_t filled = 0;
      while (filled < block_bytes) {
        const ssize_t got = pread(file_, reinterpret_cast<char*>(read_keys.data()) + filled,
                                  block_bytes - filled, at + off_t(filled));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return FileFailure("read a temporary file", path_, errno);
        if (got == 0) break;
        filled += size_t(got);
      }
      if (filled == 0) break;
      visit(std::span<const uint64_t>(read_keys.data(), filled / sizeof(uint64_t)));
      at += off_t(filled);
    }
    for (size_t block = 0; block < blocks_.size(); ++block) {
      const size_t keys = block + 1 == blocks_.size() ? used_ : kBlockKeys;
      visit(std::span<const uint64_t>(blocks_[block].get(), keys));
    }
    return Status::OK();
  }

 private:
  std::vector<std::unique_ptr<uint64_t[]>> blocks_;
  size_t used_ = kBlockKeys;  // Of the last block.
  int file_ = -1;
  std::string path_;  // For messages.
};

NearClusters::NearClusters(NearClustersOptions options) : options_(std::move(options)) {
  HUBMILL_CHECK(options_.bands >= 1, "there is a band");
  bands_.resize(size_t(options_.bands));
}

NearClusters::~NearClusters() = default;
NearClusters::NearClusters(NearClusters&&) noexcept = default;

Status NearClusters::Add(std::span<const uint64_t> keys) {
  HUBMILL_CHECK(keys.size() == bands_.size(), "one key a band");
  bool begun = false;
  for (size_t band = 0; band < keys.size(); ++band) begun = bands_[band].Add(keys[band]) || begun;
  ++rows_;
  const int64_t in_memory = rows_ * int64_t(keys.size() * sizeof(uint64_t)) - spilled_bytes_;
  return begun && in_memory > options_.memory_bytes_max ? Spill() : Status::OK();
}

Status NearClusters::Spill() {
  for (Band& band : bands_) {
    ARROW_RETURN_NOT_OK(band.Spill(options_.spill_dir, &spilled_bytes_));
  }
  return Status::OK();
}

Result<std::vector<uint32_t>> NearClusters::Cluster(int threads) {
  const auto rows = size_t(rows_);
  HUBMILL_CHECK(rows < kNone, "rows are numbered by 32 bits");
  if (rows < kRowsOfThread) threads = 1;
  const size_t parts = PartsOf(rows, spilled_bytes_ == 0, size_t(std::max(threads, 1)));
  const int shift = 64 - std::countr_zero(parts);  // A key's top bits tell its part.
  Forest forest(rows);
  std::vector<std::atomic<size_t>> parts_left(bands_.size());
  for (auto& left : parts_left) left = parts;
  ARROW_RETURN_NOT_OK(ForEachParallel(bands_.size() * parts, threads, [&](size_t task) -> Status {
    const size_t band = task / parts;
    const size_t part = task % parts;
    thread_local PartTable table;
    table.Begin(std::bit_ceil(2 * rows / parts + 2), &forest);
    uint32_t row = 0;
    ARROW_RETURN_NOT_OK(bands_[band].ForEach([&](std::span<const uint64_t> keys) {
      for (const uint64_t key : keys) {
        if (parts == 1 || key >> shift == part) table.Look(key, row);
        ++row;
      }
    }));
    table.End();
    if (--parts_left[band] == 0) bands_[band] = Band();
    return Status::OK();
  }));
  return forest.Roots();
}

}  // namespace hubmill

#include "view/row_entries.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <tuple>

#include "io/hashed_file.h"

namespace hubmill {
namespace {

size_t PartOf(const RowEntry& entry) { return entry.key.high >> 56; }

/// A file that nothing is left of when the process ends, however that is.
Result<int> OpenUnnamed(const std::string& folder) {
  int file = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {  // Not every file system can.
    std::string name = folder + "/hubmill-diff-XXXXXX";
    file = mkostemp(name.data(), O_CLOEXEC);
    if (file >= 0) unlink(name.c_str());
  }
  if (file < 0) return FileFailure("create a temporary file", folder, errno);
  return file;
}

}  // namespace

RowEntries::~RowEntries() {
  if (file_ >= 0) close(file_);
}

Status RowEntries::Add(std::span<const RowEntry> entries) {
  const std::lock_guard lock(mutex_);
  for (const RowEntry& entry : entries) parts_[PartOf(entry)].push_back(entry);
  memory_bytes_ += static_cast<int64_t>(entries.size_bytes());
  return memory_bytes_ > memory_bytes_max_ ? Spill() : Status::OK();
}

Status RowEntries::Spill() {
  if (file_ < 0) {
    ARROW_ASSIGN_OR_RAISE(file_, OpenUnnamed(spill_dir_));
  }
  for (size_t part = 0; part < kParts; ++part) {
    const auto bytes = static_cast<int64_t>(parts_[part].size() * sizeof(RowEntry));
    if (bytes == 0) continue;
    extents_[part].push_back({file_bytes_, bytes});
    const char* from = reinterpret_cast<const char*>(parts_[part].data());
    for (int64_t left = bytes; left > 0;) {
      const ssize_t written = pwrite(file_, from, static_cast<size_t>(left), file_bytes_);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return FileFailure("write", spill_dir_, errno);
      from += written;
      left -= written;
      file_bytes_ += written;
    }
    parts_[part].clear();
  }
  memory_bytes_ = 0;
  return Status::OK();
}

Status RowEntries::ForEachKey(size_t part,
                              const std::function<void(std::span<const RowEntry>)>& use) {
  std::vector<RowEntry> entries = std::move(parts_[part]);
  parts_[part] = {};
  for (const Extent& extent : extents_[part]) {
    const size_t before = entries.size();
    entries.resize(before + static_cast<size_t>(extent.bytes) / sizeof(RowEntry));
    char* to = reinterpret_cast<char*>(entries.data() + before);
    for (int64_t at = 0; at < extent.bytes;) {
      const ssize_t got =
          pread(file_, to + at, static_cast<size_t>(extent.bytes - at), extent.offset_bytes + at);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return FileFailure("read", spill_dir_, got == 0 ? EIO : errno);
      at += got;
    }
  }
  std::sort(entries.begin(), entries.end(), [](const RowEntry& a, const RowEntry& b) {
    return std::tie(a.key, a.place) < std::tie(b.key, b.place);
  });
  for (size_t first = 0; first < entries.size();) {
    size_t end = first + 1;
    while (end < entries.size() && entries[end].key == entries[first].key) ++end;
    use(std::span(entries).subspan(first, end - first));
    first = end;
  }
  return Status::OK();
}

}  // namespace hubmill

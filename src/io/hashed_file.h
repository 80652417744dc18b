// A file being written front to back: past the page cache, a SHA-256 on the way, durable at the
// close.
//
// An output is on the disk before anybody sees it, so the page cache could only be a detour: the
// copy into it was 38 % of the CPU time of exact deduplication, and the fsync at the end waited
// while nothing else was left to do.  So a large file is written by O_DIRECT in whole buffers, each
// handed to the disk, and to the hash, while the next one fills.  Files of less than a buffer,
// the end of every file, and file systems without O_DIRECT take the ordinary way.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/failure.h"

namespace hubmill {

/// A failure of the file system as a Status that names file and remedy.  `error` is an errno.
Status FileFailure(const std::string& act, const std::string& path, int error);

/// Not thread-safe.  A file that was not closed is removed by the destructor.
/// Memory: a buffer of kWriteBufferBytes, and up to kWriteBuffers while the disk is behind.
class HashedFile {
 public:
  /// Creates `path`, which must not exist, and the folders above it.  `hashed` is for files that a
  /// manifest lists.
  static Result<HashedFile> Create(const std::string& path, bool hashed = true);
  ~HashedFile();
  HashedFile(HashedFile&& other) noexcept;
  HashedFile& operator=(HashedFile&& other) noexcept;

  /// A failure to write may be told by a later call, at the latest by Close().
  Status Write(std::string_view bytes);

  /// fsync and close.
  Status Close();

  const std::string& path() const { return path_; }
  int64_t size_bytes() const { return size_bytes_; }

  /// 64 hex digits; empty where the file is not hashed.  REQUIRES: Close() succeeded.
  const std::string& sha256() const { return sha256_; }

 private:
  class Writer;
  HashedFile(std::string path, std::unique_ptr<Writer> writer);

  std::string path_;
  std::unique_ptr<Writer> writer_;  // Null once closed.
  int64_t size_bytes_ = 0;
  std::string sha256_;
};

inline constexpr size_t kWriteBufferBytes = 1 << 20;
inline constexpr size_t kWriteBuffers = 4;

/// fsync of a folder, so that the names in it survive a power cut.
Status SyncFolder(const std::string& path);

}  // namespace hubmill

// A file being written: bytes at the end, a SHA-256 on the way, fsync at the close.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "core/failure.h"

namespace hubmill {

/// A failure of the file system as a Status that names file and remedy.  `error` is an errno.
Status FileFailure(const std::string& act, const std::string& path, int error);

/// Not thread-safe.  A file that was not closed is removed by the destructor.
class HashedFile {
 public:
  /// Creates `path`, which must not exist, and the folders above it.  `hashed` is for files that a
  /// manifest lists: SHA-256 costs as much as writing to the page cache.
  static Result<HashedFile> Create(const std::string& path, bool hashed = true);
  ~HashedFile();
  HashedFile(HashedFile&& other) noexcept;
  HashedFile& operator=(HashedFile&& other) noexcept;

  Status Write(std::string_view bytes);

  /// fsync and close.
  Status Close();

  const std::string& path() const { return path_; }
  int64_t size_bytes() const { return size_bytes_; }

  /// 64 hex digits; empty where the file is not hashed.  REQUIRES: Close() succeeded.
  const std::string& sha256() const { return sha256_; }

 private:
  HashedFile(std::string path, int fd, bool hashed)
      : path_(std::move(path)), fd_(fd), hashed_(hashed) {}
  Status WriteAll(std::string_view bytes);
  void Discard();

  std::string path_;
  int fd_ = -1;
  bool hashed_ = true;
  int64_t size_bytes_ = 0;
  Sha256Stream hash_;
  std::string sha256_;
};

/// fsync of a folder, so that the names in it survive a power cut.
Status SyncFolder(const std::string& path);

}  // namespace hubmill

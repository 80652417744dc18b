// Files that appear whole or not at all: written under a temporary name, synced, renamed, and the
// folder synced.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "core/failure.h"

namespace hubmill::local_hub {

inline constexpr mode_t kForAllToRead = 0644;
inline constexpr mode_t kForOwnerOnly = 0600;  // What holds secrets.

/// A file that is being written.  Removed by the destructor unless Publish was called.
class DurableFile {
 public:
  /// `folder` must exist and lie on the same file system as the later place.  `durable` says
  /// whether Publish waits for the disk.
  static Result<DurableFile> Create(const std::string& folder, bool durable,
                                    mode_t mode = kForAllToRead);
  DurableFile(DurableFile&& other) noexcept;
  DurableFile& operator=(DurableFile&&) = delete;
  ~DurableFile();

  Status Write(std::string_view data);
  /// Syncs and renames to `path`, making its folder where it is missing.
  Status Publish(const std::string& path);
  int fd() const { return fd_; }

 private:
  DurableFile(std::string path, int fd, bool durable);
  std::string path_;
  int fd_;
  bool durable_;
};

/// Writes a small file by way of a DurableFile in `temp_folder`.
Status WriteWhole(const std::string& temp_folder, const std::string& path, std::string_view data,
                  bool durable, mode_t mode = kForAllToRead);
/// Reads a small file; refused above `bytes_max`.
Result<std::string> ReadWhole(const std::string& path, size_t bytes_max);

}  // namespace hubmill::local_hub

// Plain POSIX writes: Arrow's file output does not tell "disk full" from other errors, and people
// need to know which it was and what to do.
#include "io/hashed_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <future>
#include <system_error>
#include <utility>

#include "base/check.h"

namespace hubmill {
namespace {

constexpr size_t kHashBesideBytes = 1 << 20;        // Below, a thread costs more than it saves.
constexpr size_t kWriteBytesMax = size_t(1) << 30;  // Linux writes at most 2 GiB a call.

const char* RemedyFor(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "free disk space, or write to another folder, and run again";
    case EFBIG:
      return "raise the file size limit (ulimit -f), or set a smaller shard_mb";
    case EROFS:
    case EACCES:
    case EPERM:
      return "write to a folder that you may write to";
    case ENAMETOOLONG:
      return "use a shorter name";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n)";
    default:
      return "check the folder and the disk, and run again";
  }
}

}  // namespace

Status FileFailure(const std::string& act, const std::string& path, int error) {
  return RunFailed("cannot ", act, ": file=", path, " error=", std::strerror(error),
                   "; remedy: ", RemedyFor(error));
}

Result<HashedFile> HashedFile::Create(const std::string& path, bool hashed) {
  std::error_code error;
  const auto parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error) return FileFailure("create a folder", parent.string(), error.value());
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return FileFailure("create a file", path, errno);
  return HashedFile(path, fd, hashed);
}

HashedFile::HashedFile(HashedFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      hashed_(other.hashed_),
      size_bytes_(other.size_bytes_),
      hash_(std::move(other.hash_)),
      sha256_(std::move(other.sha256_)) {}

HashedFile& HashedFile::operator=(HashedFile&& other) noexcept {
  Discard();
  path_ = std::move(other.path_);
  fd_ = std::exchange(other.fd_, -1);
  hashed_ = other.hashed_;
  size_bytes_ = other.size_bytes_;
  hash_ = std::move(other.hash_);
  sha256_ = std::move(other.sha256_);
  return *this;
}

HashedFile::~HashedFile() { Discard(); }

void HashedFile::Discard() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(path_.c_str());
  fd_ = -1;
}

Status HashedFile::Write(std::string_view bytes) {
  HUBMILL_CHECK(fd_ >= 0, "write to a closed file");
  if (!hashed_ || bytes.size() < kHashBesideBytes) {
    if (hashed_) hash_.Update(bytes);
    return WriteAll(bytes);
  }
  // Appending is the one part of a run that cannot be divided, so hash and copy overlap.
  std::future<void> hashing = std::async(std::launch::async, [&] { hash_.Update(bytes); });
  Status status = WriteAll(bytes);
  hashing.get();
  return status;
}

Status HashedFile::WriteAll(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), std::min(bytes.size(), kWriteBytesMax));
    if (written < 0) {
      if (errno == EINTR) continue;
      return FileFailure("write a file", path_, errno);
    }
    size_bytes_ += written;
    bytes.remove_prefix(size_t(written));
  }
  return Status::OK();
}

Status HashedFile::Close() {
  HUBMILL_CHECK(fd_ >= 0, "a file is closed once");
  if (::fsync(fd_) != 0) return FileFailure("write a file", path_, errno);
  if (::close(std::exchange(fd_, -1)) != 0) return FileFailure("close a file", path_, errno);
  if (hashed_) sha256_ = hash_.HexDigest();
  return Status::OK();
}

Status SyncFolder(const std::string& path) {
  const int fd = ::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return FileFailure("open a folder", path, errno);
  const int error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (error != 0 && error != EINVAL) return FileFailure("sync a folder", path, error);
  return Status::OK();
}

}  // namespace hubmill

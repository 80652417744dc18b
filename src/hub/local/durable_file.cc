#include "hub/local/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "hub/local/sha256.h"

namespace hubmill::local_hub {

DurableFile::DurableFile(std::string path, int fd, bool durable)
    : path_(std::move(path)), fd_(fd), durable_(durable) {}
DurableFile::DurableFile(DurableFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), durable_(other.durable_) {
  other.path_.clear();
}
DurableFile::~DurableFile() {
  if (fd_ >= 0) close(fd_);
  if (!path_.empty()) unlink(path_.c_str());
}

Result<DurableFile> DurableFile::Create(const std::string& folder, bool durable, mode_t mode) {
  std::string path = folder + "/" + RandomHex(12);
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) {
    return RunFailed("cannot create a file in the Hub's folder: reason=", std::strerror(errno));
  }
  return DurableFile(std::move(path), fd, durable);
}

Status DurableFile::Write(std::string_view data) {
  while (!data.empty()) {
    const ssize_t count = write(fd_, data.data(), data.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return RunFailed("cannot store: reason=", std::strerror(errno));
    data.remove_prefix(static_cast<size_t>(count));
  }
  return Status::OK();
}

Status DurableFile::Publish(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (durable_ && fsync(fd_) != 0) {
    return RunFailed("cannot sync: reason=", std::strerror(errno));
  }
  if (rename(path_.c_str(), path.c_str()) != 0) {
    return RunFailed("cannot rename into place: reason=", std::strerror(errno));
  }
  path_.clear();
  if (durable_) {
    const int directory = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) {
      fsync(directory);
      close(directory);
    }
  }
  return Status::OK();
}

Status WriteWhole(const std::string& temp_folder, const std::string& path, std::string_view data,
                  bool durable, mode_t mode) {
  ARROW_ASSIGN_OR_RAISE(DurableFile file, DurableFile::Create(temp_folder, durable, mode));
  ARROW_RETURN_NOT_OK(file.Write(data));
  return file.Publish(path);
}

Result<std::string> ReadWhole(const std::string& path, size_t bytes_max) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return RunFailed("cannot open: path=", path, " reason=", std::strerror(errno));
  std::string all;
  char buffer[16 << 10];
  for (;;) {
    const ssize_t count = read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || all.size() > bytes_max) {
      close(fd);
      if (count < 0) return RunFailed("cannot read: path=", path, " reason=", std::strerror(errno));
      if (all.size() > bytes_max) return RunFailed("file too large: path=", path);
      return all;
    }
    all.append(buffer, static_cast<size_t>(count));
  }
}

}  // namespace hubmill::local_hub

#include "hub/local/object_store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace hubmill::local_hub {

ObjectStore::ObjectStore(std::string root, bool durable)
    : objects_(root + "/objects"), temp_(root + "/tmp"), durable_(durable) {
  std::error_code error;
  std::filesystem::create_directories(objects_, error);
  std::filesystem::create_directories(temp_, error);
}

std::string ObjectStore::PathOf(const std::string& sha256) const {
  return objects_ + "/" + sha256.substr(0, 2) + "/" + sha256.substr(2, 2) + "/" + sha256;
}

std::optional<int64_t> ObjectStore::SizeOf(const std::string& sha256) const {
  struct stat info;
  if (!IsLowerHex(sha256, 64) || stat(PathOf(sha256).c_str(), &info) != 0) return std::nullopt;
  return info.st_size;
}

Result<FileBody> ObjectStore::Open(const std::string& sha256) const {
  if (!IsLowerHex(sha256, 64)) return DataRefused("not a SHA-256");
  const int fd = open(PathOf(sha256).c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (fd < 0 || fstat(fd, &info) != 0) {
    return RunFailed("object is missing in the store: sha256=", sha256,
                     " reason=", std::strerror(errno));
  }
  return FileBody(fd, 0, info.st_size);
}

Result<std::unique_ptr<ObjectStore::Writer>> ObjectStore::NewObject() const {
  ARROW_ASSIGN_OR_RAISE(DurableFile file, DurableFile::Create(temp_, durable_));
  return std::unique_ptr<Writer>(new Writer(this, std::move(file)));
}

Status ObjectStore::Writer::Write(std::string_view data) {
  hash_.Update(data);
  size_ += static_cast<int64_t>(data.size());
  return file_.Write(data);
}

Result<std::string> ObjectStore::Writer::Finish(const std::string& expected,
                                                int64_t expected_size) {
  std::string sha256 = hash_.Hex();
  if (!expected.empty() && expected != sha256) {
    return DataRefused("checksum of the upload is wrong: expected=", expected, " found=", sha256);
  }
  if (expected_size >= 0 && expected_size != size_) {
    return DataRefused("size of the upload is wrong: expected=", expected_size, " found=", size_);
  }
  ARROW_RETURN_NOT_OK(file_.Publish(store_->PathOf(sha256)));
  return sha256;
}

}  // namespace hubmill::local_hub

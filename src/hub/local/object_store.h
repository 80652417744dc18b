// The content-addressed store of large files: one file an object, named by its SHA-256.  LFS and
// Xet uploads meet here, since a commit names nothing but the SHA-256 (spec hub.md, 4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "hub/local/durable_file.h"
#include "hub/local/http.h"
#include "hub/local/sha256.h"

namespace hubmill::local_hub {

/// Thread-safe.
class ObjectStore {
 public:
  /// Keeps everything below `root`, which must exist.
  ObjectStore(std::string root, bool durable);

  /// The object's size, or nullopt where it is not stored.
  std::optional<int64_t> SizeOf(const std::string& sha256) const;
  /// Opens an object for reading.
  Result<FileBody> Open(const std::string& sha256) const;

  /// An object that is being written.
  class Writer {
   public:
    Status Write(std::string_view data);
    int64_t size() const { return size_; }
    /// Stores the object and returns its SHA-256.  Where `expected` is not empty and differs, or
    /// `expected_size` is not negative and differs, nothing is stored.  At most once.
    Result<std::string> Finish(const std::string& expected, int64_t expected_size);

   private:
    friend class ObjectStore;
    Writer(const ObjectStore* store, DurableFile file) : store_(store), file_(std::move(file)) {}
    const ObjectStore* store_;
    DurableFile file_;
    Sha256 hash_;
    int64_t size_ = 0;
  };
  Result<std::unique_ptr<Writer>> NewObject() const;

  const std::string& temp_folder() const { return temp_; }
  bool durable() const { return durable_; }

 private:
  std::string PathOf(const std::string& sha256) const;
  std::string objects_;
  std::string temp_;
  bool durable_;
};

}  // namespace hubmill::local_hub

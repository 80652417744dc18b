// A folder of a command's own, outside of what it writes, that goes with its owner.
#pragma once

#include <memory>
#include <string>

#include "core/failure.h"

namespace hubmill {

class TemporaryFolder {
 public:
  /// Below TMPDIR, else /tmp; `purpose` becomes part of its name.
  static Result<std::unique_ptr<TemporaryFolder>> Make(const std::string& purpose);

  /// Removes it with all that it holds.
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace hubmill

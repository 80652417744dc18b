// The two names that the Hub has for a file's bytes: the git blob id (SHA-1 over "blob <n>\0" and
// the bytes) of regular files, and the SHA-256 of large ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/failure.h"

namespace hubmill {

/// 40 lower-case hex digits.
std::string GitBlobId(std::string_view bytes);

struct FileDigest {
  std::string hex;
  int64_t size_bytes = 0;
};

/// Of the whole file, read once, in constant memory.
Result<FileDigest> Sha256OfFile(const std::string& path);
Result<FileDigest> GitBlobIdOfFile(const std::string& path);

/// The whole file; an error where it is larger than `bytes_max`.
Result<std::string> ReadWholeFile(const std::string& path, int64_t bytes_max);

}  // namespace hubmill

// The two names that the Hub has for a file's bytes: the git blob id (SHA-1 over "blob <n>\0" and
// the bytes) of regular files, and the SHA-256 of large ones.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/failure.h"

struct evp_md_ctx_st;

namespace hubmill {

/// 40 lower-case hex digits.
std::string GitBlobId(std::string_view bytes);

struct FileDigest {
  std::string hex;
  int64_t size_bytes = 0;
};

/// The digest of bytes that come in pieces.
class DigestStream {
 public:
  enum class Kind { kSha256 = 0, kGitBlob = 1 };
  /// `size_bytes` of all pieces; a git blob id begins with it.
  DigestStream(Kind kind, int64_t size_bytes);
  ~DigestStream();
  DigestStream(DigestStream&&) noexcept = default;

  void Update(std::string_view bytes);
  /// Called at most once, after the last Update().
  std::string Hex();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// What `digest` is: SHA-256 has 64 digits, a git blob id 40.
DigestStream::Kind KindOfDigest(std::string_view digest);

/// Of the whole file, read once, in constant memory.
Result<FileDigest> Sha256OfFile(const std::string& path);
Result<FileDigest> GitBlobIdOfFile(const std::string& path);

/// The whole file; an error where it is larger than `bytes_max`.
Result<std::string> ReadWholeFile(const std::string& path, int64_t bytes_max);

}  // namespace hubmill

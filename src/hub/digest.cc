#include "hub/digest.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "base/check.h"
#include "net/redact.h"

namespace hubmill {
namespace {

constexpr size_t kReadBytes = 1 << 20;

class Digest {
 public:
  explicit Digest(const EVP_MD* kind) : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    HUBMILL_CHECK(context_ != nullptr && EVP_DigestInit_ex(context_.get(), kind, nullptr) == 1,
                  "OpenSSL has SHA-1 and SHA-256");
  }
  void Update(std::string_view bytes) {
    HUBMILL_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1,
                  "a digest takes any bytes");
  }
  std::string Hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    HUBMILL_CHECK(EVP_DigestFinal_ex(context_.get(), digest, &size) == 1, "a digest ends once");
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) {
      hex += kDigits[digest[i] >> 4];
      hex += kDigits[digest[i] & 15];
    }
    return hex;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : path_(path), fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  Result<int64_t> Size() const {
    struct stat facts {};
    if (fd_ < 0 || fstat(fd_, &facts) != 0) return Unreadable();
    if (!S_ISREG(facts.st_mode)) {
      return WrongUsage("not a regular file: file=", OneLine(path_));
    }
    return int64_t{facts.st_size};
  }
  /// Bytes read, 0 at the end.
  Result<size_t> Read(char* buffer, size_t size) const {
    for (;;) {
      const ssize_t got = read(fd_, buffer, size);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EINTR) return Unreadable();
    }
  }

 private:
  Status Unreadable() const {
    return RunFailed("cannot read a file: file=", OneLine(path_), " error=", std::strerror(errno));
  }
  std::string path_;
  int fd_;
};

Result<FileDigest> DigestOfFile(const std::string& path, const EVP_MD* kind, bool as_blob) {
  const OpenFile file(path);
  ARROW_ASSIGN_OR_RAISE(const int64_t size, file.Size());
  Digest digest(kind);
  if (as_blob) {
    const std::string head = "blob " + std::to_string(size);
    digest.Update(std::string_view(head.c_str(), head.size() + 1));
  }
  std::vector<char> buffer(kReadBytes);
  int64_t total = 0;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const size_t got, file.Read(buffer.data(), buffer.size()));
    if (got == 0) break;
    digest.Update({buffer.data(), got});
    total += static_cast<int64_t>(got);
  }
  if (total != size) return RunFailed("a file changed while it was read: file=", OneLine(path));
  return FileDigest{digest.Hex(), total};
}

}  // namespace

std::string GitBlobId(std::string_view bytes) {
  Digest digest(EVP_sha1());
  const std::string head = "blob " + std::to_string(bytes.size());
  digest.Update(std::string_view(head.c_str(), head.size() + 1));
  digest.Update(bytes);
  return digest.Hex();
}

Result<FileDigest> Sha256OfFile(const std::string& path) {
  return DigestOfFile(path, EVP_sha256(), false);
}

Result<FileDigest> GitBlobIdOfFile(const std::string& path) {
  return DigestOfFile(path, EVP_sha1(), true);
}

Result<std::string> ReadWholeFile(const std::string& path, int64_t bytes_max) {
  const OpenFile file(path);
  ARROW_ASSIGN_OR_RAISE(const int64_t size, file.Size());
  if (size > bytes_max) {
    return DataRefused("a file is larger than it may be here: file=", OneLine(path),
                       " size_bytes=", size, " bytes_max=", bytes_max);
  }
  std::string text(static_cast<size_t>(size), '\0');
  size_t have = 0;
  while (have < text.size()) {
    ARROW_ASSIGN_OR_RAISE(const size_t got, file.Read(text.data() + have, text.size() - have));
    if (got == 0) return RunFailed("a file changed while it was read: file=", OneLine(path));
    have += got;
  }
  return text;
}

}  // namespace hubmill

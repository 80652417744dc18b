#include "hub/digest.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/check.h"
#include "net/redact.h"

namespace hubmill {
namespace {

constexpr size_t kReadBytes = 1 << 20;

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

Result<FileDigest> DigestOfFile(const std::string& path, DigestStream::Kind kind) {
  const OpenFile file(path);
  ARROW_ASSIGN_OR_RAISE(const int64_t size, file.Size());
  DigestStream digest(kind, size);
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

void DigestStream::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

DigestStream::DigestStream(Kind kind, int64_t size_bytes) : context_(EVP_MD_CTX_new()) {
  const EVP_MD* algorithm = kind == Kind::kSha256 ? EVP_sha256() : EVP_sha1();
  HUBMILL_CHECK(context_ != nullptr && EVP_DigestInit_ex(context_.get(), algorithm, nullptr) == 1,
                "OpenSSL has SHA-1 and SHA-256");
  if (kind == Kind::kSha256) return;
  const std::string head = "blob " + std::to_string(size_bytes);
  Update(std::string_view(head.c_str(), head.size() + 1));
}

DigestStream::~DigestStream() = default;

void DigestStream::Update(std::string_view bytes) {
  HUBMILL_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1,
                "a digest takes any bytes");
}

std::string DigestStream::Hex() {
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

DigestStream::Kind KindOfDigest(std::string_view digest) {
  return digest.size() == 64 ? DigestStream::Kind::kSha256 : DigestStream::Kind::kGitBlob;
}

std::string GitBlobId(std::string_view bytes) {
  DigestStream digest(DigestStream::Kind::kGitBlob, static_cast<int64_t>(bytes.size()));
  digest.Update(bytes);
  return digest.Hex();
}

Result<FileDigest> Sha256OfFile(const std::string& path) {
  return DigestOfFile(path, DigestStream::Kind::kSha256);
}

Result<FileDigest> GitBlobIdOfFile(const std::string& path) {
  return DigestOfFile(path, DigestStream::Kind::kGitBlob);
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

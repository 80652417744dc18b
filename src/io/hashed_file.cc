// Plain POSIX writes: Arrow's file output does not tell "disk full" from other errors, and people
// need to know which it was and what to do.
#include "io/hashed_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/hash.h"

namespace hubmill {
namespace {

constexpr size_t kDirectAlignBytes = 4096;  // O_DIRECT: of addresses, offsets and lengths.

struct FreeAligned {
  void operator()(char* data) const { std::free(data); }
};

using AlignedBytes = std::unique_ptr<char, FreeAligned>;

/// Full buffers that were written go here, for whichever file fills one next: a run with a dozen
/// open files has a dozen buffers, not a dozen rings.  Thread-safe; lives as long as the process.
class BufferShelf {
 public:
  static BufferShelf& Get() {
    static auto* shelf = new BufferShelf;
    return *shelf;
  }
  AlignedBytes Take() {
    {
      const std::lock_guard lock(mutex_);
      if (!kept_.empty()) {
        AlignedBytes data = std::move(kept_.back());
        kept_.pop_back();
        return data;
      }
    }
    AlignedBytes data(static_cast<char*>(std::aligned_alloc(kDirectAlignBytes, kWriteBufferBytes)));
    HUBMILL_CHECK(data != nullptr, "memory for a write buffer");
    return data;
  }
  void Put(AlignedBytes data) {
    const std::lock_guard lock(mutex_);
    if (kept_.size() < kWriteBuffers) kept_.push_back(std::move(data));
  }

 private:
  std::mutex mutex_;
  std::vector<AlignedBytes> kept_;
};

/// Aligned for O_DIRECT; a page that was never written to takes no memory.
struct WriteBuffer {
  AlignedBytes data;
  size_t size = 0;

  std::string_view bytes() const { return {data.get(), size}; }
  void Clear() {
    size = 0;
    if (data == nullptr) data = BufferShelf::Get().Take();
  }
  /// Takes what fits; returns how much that was.
  size_t Take(std::string_view text) {
    const size_t count = std::min(text.size(), kWriteBufferBytes - size);
    std::memcpy(data.get() + size, text.data(), count);
    size += count;
    return count;
  }
};

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

/// An open file and a ring of buffers: one fills, those before it wait for the threads that write
/// and hash, each in order and at its own pace.  The threads begin with the first full buffer.
class HashedFile::Writer {
 public:
  Writer(const std::string& path, int fd, bool hashed) : path_(path), fd_(fd), hashed_(hashed) {
    filling().Clear();
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Gives up the file where Finish() was not reached.
  ~Writer() {
    JoinLanes();
    if (fd_ < 0) return;
    ::close(fd_);
    ::unlink(path_.c_str());
  }

  Status Write(std::string_view bytes) {
    while (!bytes.empty()) {
      bytes.remove_prefix(filling().Take(bytes));
      if (filling().size == kWriteBufferBytes) ARROW_RETURN_NOT_OK(SendBuffer());
    }
    return Status::OK();
  }

  /// Returns the SHA-256, or nothing.
  Result<std::string> Finish() {
    JoinLanes();
    ARROW_RETURN_NOT_OK(failure_);
    SetDirect(false);  // The end is not a whole block.
    ARROW_RETURN_NOT_OK(WriteAll(filling().bytes()));
    if (hashed_) hash_.Update(filling().bytes());
    if (::fsync(fd_) != 0) return FileFailure("write a file", path_, errno);
    if (::close(std::exchange(fd_, -1)) != 0) return FileFailure("close a file", path_, errno);
    return hashed_ ? hash_.HexDigest() : std::string();
  }

 private:
  /// A thread that takes every full buffer in order.
  struct Lane {
    size_t done = 0;  // Buffers.
    std::thread thread;
  };

  WriteBuffer& filling() { return ring_[sent_ % kWriteBuffers]; }

  /// Hands the full buffer on; waits where the ring is full.
  Status SendBuffer() {
    if (sent_ == 0) {
      SetDirect(true);
      writing_.thread = std::thread([this] { Work(&writing_, &Writer::WriteBufferOut); });
      if (hashed_) hashing_.thread = std::thread([this] { Work(&hashing_, &Writer::HashBuffer); });
    }
    std::unique_lock lock(mutex_);
    ++sent_;
    changed_.notify_all();
    changed_.wait(lock, [this] {
      const size_t done = hashed_ ? std::min(writing_.done, hashing_.done) : writing_.done;
      return sent_ - done < kWriteBuffers;
    });
    filling().Clear();
    return failure_;
  }

  void Work(Lane* lane, void (Writer::*act)(std::string_view)) {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this, lane] { return lane->done < sent_ || ending_; });
      if (lane->done == sent_) return;
      const std::string_view bytes = ring_[lane->done % kWriteBuffers].bytes();
      lock.unlock();
      (this->*act)(bytes);
      lock.lock();
      ++lane->done;
      const size_t both = hashed_ ? std::min(writing_.done, hashing_.done) : writing_.done;
      while (shelved_ < both)
        BufferShelf::Get().Put(std::move(ring_[shelved_++ % kWriteBuffers].data));
      changed_.notify_all();
    }
  }

  void WriteBufferOut(std::string_view bytes) {
    const Status status = WriteAll(bytes);
    const std::lock_guard lock(mutex_);
    if (failure_.ok()) failure_ = status;
  }

  void HashBuffer(std::string_view bytes) { hash_.Update(bytes); }

  void JoinLanes() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      changed_.notify_all();
    }
    for (Lane* lane : {&writing_, &hashing_}) {
      if (lane->thread.joinable()) lane->thread.join();
    }
  }

  /// A file system that knows no O_DIRECT says so here or at the first write.
  bool SetDirect(bool on) {
    const int flags = ::fcntl(fd_, F_GETFL);
    if (flags < 0) return false;
    return ::fcntl(fd_, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;
  }

  Status WriteAll(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written < 0) {
        const int error = errno;
        const bool direct = (::fcntl(fd_, F_GETFL) & O_DIRECT) != 0;
        if (error == EINTR || (error == EINVAL && direct && SetDirect(false))) continue;
        return FileFailure("write a file", path_, error);
      }
      bytes.remove_prefix(size_t(written));
      // After a short write (a disk nearly full) the rest is no whole block.
      if (size_t(written) % kDirectAlignBytes != 0) SetDirect(false);
    }
    return Status::OK();
  }

  const std::string path_;
  int fd_;
  const bool hashed_;
  Sha256Stream hash_;
  std::array<WriteBuffer, kWriteBuffers> ring_;

  std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  size_t sent_ = 0;     // Full buffers handed on; only the caller's thread changes it.
  size_t shelved_ = 0;  // Of these, given up.
  Lane writing_;
  Lane hashing_;
  bool ending_ = false;
  Status failure_;
};

Result<HashedFile> HashedFile::Create(const std::string& path, bool hashed) {
  std::error_code error;
  const auto parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error) return FileFailure("create a folder", parent.string(), error.value());
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return FileFailure("create a file", path, errno);
  return HashedFile(path, std::make_unique<Writer>(path, fd, hashed));
}

HashedFile::HashedFile(std::string path, std::unique_ptr<Writer> writer)
    : path_(std::move(path)), writer_(std::move(writer)) {}
HashedFile::HashedFile(HashedFile&& other) noexcept = default;
HashedFile& HashedFile::operator=(HashedFile&& other) noexcept = default;
HashedFile::~HashedFile() = default;

Status HashedFile::Write(std::string_view bytes) {
  HUBMILL_CHECK(writer_ != nullptr, "write to a closed file");
  size_bytes_ += int64_t(bytes.size());
  return writer_->Write(bytes);
}

Status HashedFile::Close() {
  HUBMILL_CHECK(writer_ != nullptr, "a file is closed once");
  ARROW_ASSIGN_OR_RAISE(sha256_, writer_->Finish());
  writer_.reset();
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

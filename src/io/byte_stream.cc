#include "io/byte_stream.h"

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "io/input_files.h"

namespace hubmill {
namespace {

constexpr int64_t kCompressedReadBytes = 256 << 10;

std::string NameOfHash(const Hash128& hash) { return "xxh128:" + HexOf(hash); }

class RawStream : public ByteStream {
 public:
  RawStream(std::shared_ptr<arrow::io::InputStream> input, std::string name)
      : input_(std::move(input)), name_(std::move(name)) {}
  RawStream(const RawStream&) = delete;
  RawStream& operator=(const RawStream&) = delete;

  Result<int64_t> Read(uint8_t* out, int64_t size) override {
    if (!pushed_back_.empty()) {
      int64_t count = std::min<int64_t>(size, int64_t(pushed_back_.size()));
      std::memcpy(out, pushed_back_.data(), size_t(count));
      pushed_back_.erase(0, size_t(count));
      return count;
    }
    auto count = input_->Read(size, out);
    if (!count.ok() && KindOf(count.status()) == FailureKind::kService) return count;
    if (!count.ok()) {
      const std::string why = count.status().message();
      if (IsServiceFailure(why)) return ServiceFailure("read a file", name_, why);
      return RunFailed("a file cannot be read: file=", name_, " why=", why);
    }
    hash_.Update({reinterpret_cast<const char*>(out), size_t(*count)});
    raw_bytes_ += *count;
    return count;
  }

  /// The first bytes again, for kDetect.
  void PushBack(std::string bytes) { pushed_back_ = std::move(bytes); }

  int64_t raw_bytes() const override { return raw_bytes_; }
  std::string Hash() const override { return NameOfHash(hash_.Digest128()); }

 private:
  std::shared_ptr<arrow::io::InputStream> input_;
  std::string name_;
  Xxh3Stream hash_;
  std::string pushed_back_;
  int64_t raw_bytes_ = 0;
};

/// What gzip and zstd share: a buffer of raw bytes, and members one after another.
class CompressedStream : public ByteStream {
 public:
  CompressedStream(std::unique_ptr<ByteStream> raw, std::string name)
      : raw_(std::move(raw)), name_(std::move(name)), in_(size_t(kCompressedReadBytes)) {}

  Result<int64_t> Read(uint8_t* out, int64_t size) override {
    int64_t done = 0;
    while (done < size) {
      if (at_ == end_ && !(pending_ && inside_)) {
        at_ = 0;
        ARROW_ASSIGN_OR_RAISE(int64_t count, raw_->Read(in_.data(), kCompressedReadBytes));
        end_ = size_t(count);
        if (end_ == 0) {
          if (inside_) return Truncated();
          return done;
        }
      }
      ARROW_ASSIGN_OR_RAISE(int64_t count, Step(out + done, size - done));
      done += count;
      pending_ = done == size;  // The decompressor may hold more than fitted.
    }
    return done;
  }
  int64_t raw_bytes() const override { return raw_->raw_bytes(); }
  std::string Hash() const override { return raw_->Hash(); }

 protected:
  virtual Result<int64_t> Step(uint8_t* out, int64_t size) = 0;

  Status Truncated() const {
    return DataRefused("a compressed file ends too early: file=", name_,
                       "; remedy: copy or download it again");
  }
  Status Corrupt(const char* why) const {
    return DataRefused("a compressed file is corrupt: file=", name_,
                       " why=", why == nullptr ? "bad data" : why,
                       "; remedy: copy or download it again");
  }

  std::unique_ptr<ByteStream> raw_;
  std::string name_;
  std::vector<uint8_t> in_;
  size_t at_ = 0;
  size_t end_ = 0;
  bool inside_ = false;  // Within a member or frame.
  bool pending_ = false;
};

class GzipStream final : public CompressedStream {
 public:
  using CompressedStream::CompressedStream;
  ~GzipStream() override {
    if (ready_) inflateEnd(&zlib_);
  }

 private:
  Result<int64_t> Step(uint8_t* out, int64_t size) override {
    if (!inside_) {
      int rc = ready_ ? inflateReset(&zlib_) : inflateInit2(&zlib_, 15 + 16);
      if (rc != Z_OK) return Corrupt("zlib cannot start");
      ready_ = inside_ = true;
    }
    zlib_.next_in = in_.data() + at_;
    zlib_.avail_in = uInt(end_ - at_);
    zlib_.next_out = out;
    zlib_.avail_out = uInt(std::min<int64_t>(size, 1 << 30));
    uInt room = zlib_.avail_out;
    int rc = inflate(&zlib_, Z_NO_FLUSH);
    at_ = end_ - zlib_.avail_in;
    if (rc == Z_STREAM_END) {
      inside_ = false;
    } else if (rc != Z_OK && rc != Z_BUF_ERROR) {
      return Corrupt(zlib_.msg);
    }
    return int64_t(room - zlib_.avail_out);
  }

  z_stream zlib_{};
  bool ready_ = false;
};

class ZstdStream final : public CompressedStream {
 public:
  ZstdStream(std::unique_ptr<ByteStream> raw, std::string name)
      : CompressedStream(std::move(raw), std::move(name)), zstd_(ZSTD_createDCtx()) {
    ZSTD_DCtx_setParameter(zstd_, ZSTD_d_windowLogMax, kZstdWindowLogMax);
  }
  ~ZstdStream() override { ZSTD_freeDCtx(zstd_); }
  ZstdStream(const ZstdStream&) = delete;
  ZstdStream& operator=(const ZstdStream&) = delete;

 private:
  Result<int64_t> Step(uint8_t* out, int64_t size) override {
    ZSTD_inBuffer in{in_.data(), end_, at_};
    ZSTD_outBuffer to{out, size_t(size), 0};
    size_t rc = ZSTD_decompressStream(zstd_, &to, &in);
    if (ZSTD_isError(rc)) return Corrupt(ZSTD_getErrorName(rc));
    at_ = in.pos;
    inside_ = rc != 0;
    return int64_t(to.pos);
  }

  ZSTD_DCtx* zstd_;
};

class StandardInput final : public arrow::io::InputStream {
 public:
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  Result<int64_t> Tell() const override { return position_; }
  Result<int64_t> Read(int64_t size, void* out) override {
    for (;;) {
      ssize_t count = ::read(STDIN_FILENO, out, size_t(size));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return arrow::Status::IOError(std::strerror(errno));
      position_ += count;
      return int64_t(count);
    }
  }
  Result<std::shared_ptr<arrow::Buffer>> Read(int64_t size) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(size));
    ARROW_ASSIGN_OR_RAISE(int64_t count, Read(size, buffer->mutable_data()));
    ARROW_RETURN_NOT_OK(buffer->Resize(count));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

 private:
  bool closed_ = false;
  int64_t position_ = 0;
};

}  // namespace

Compression CompressionOf(const std::string& path) {
  if (path.ends_with(".gz")) return Compression::kGzip;
  if (path.ends_with(".zst")) return Compression::kZstd;
  return Compression::kNone;
}

Result<std::unique_ptr<ByteStream>> OpenByteStream(std::shared_ptr<arrow::io::InputStream> input,
                                                   Compression compression, std::string name) {
  auto raw = std::make_unique<RawStream>(std::move(input), name);
  if (compression == Compression::kDetect) {
    std::string first(4, '\0');
    int64_t have = 0;
    while (have < 4) {
      ARROW_ASSIGN_OR_RAISE(int64_t count,
                            raw->Read(reinterpret_cast<uint8_t*>(first.data()) + have, 4 - have));
      if (count == 0) break;
      have += count;
    }
    first.resize(size_t(have));
    compression = first.starts_with("\x1f\x8b")           ? Compression::kGzip
                  : first.starts_with("\x28\xb5\x2f\xfd") ? Compression::kZstd
                                                          : Compression::kNone;
    raw->PushBack(std::move(first));
  }
  if (compression == Compression::kGzip) {
    return std::make_unique<GzipStream>(std::move(raw), std::move(name));
  }
  if (compression == Compression::kZstd) {
    return std::make_unique<ZstdStream>(std::move(raw), std::move(name));
  }
  return std::unique_ptr<ByteStream>(std::move(raw));
}

std::shared_ptr<arrow::io::InputStream> OpenStandardInput() {
  return std::make_shared<StandardInput>();
}

std::string HashText(const void* data, size_t size) {
  return NameOfHash(Xxh3Hash128({static_cast<const char*>(data), size}));
}

}  // namespace hubmill

// A file's bytes in order: raw, or decompressed from .gz (any number of members) or .zst (any
// number of frames), with the XXH3-128 hash of the raw bytes.  The hash costs about 1/20 of the
// read, as it runs while the bytes are in the cache.
#pragma once

#include <arrow/io/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>

#include "core/failure.h"

namespace hubmill {

inline constexpr int kZstdWindowLogMax = 27;  // 128 MiB, as `zstd -d` takes without --long.

enum class Compression { kNone, kGzip, kZstd, kDetect };

/// By extension: .gz, .zst or none.
Compression CompressionOf(const std::string& path);

/// Not thread-safe.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  /// Up to `size` bytes into `out`; 0 at the end alone.  Truncated or corrupt input fails, naming
  /// the file.
  virtual Result<int64_t> Read(uint8_t* out, int64_t size) = 0;

  /// Raw bytes taken so far.
  virtual int64_t raw_bytes() const = 0;

  /// "xxh128:<32 hex>" of the raw bytes.  REQUIRES: Read() has returned 0.
  virtual std::string Hash() const = 0;
};

/// `name` is used in messages.  kDetect looks at the first bytes.
Result<std::unique_ptr<ByteStream>> OpenByteStream(std::shared_ptr<arrow::io::InputStream> input,
                                                   Compression compression, std::string name);

/// Standard input, as Arrow's own interface.  Bytes that were read are gone.
std::shared_ptr<arrow::io::InputStream> OpenStandardInput();

/// "xxh128:" of some bytes.
std::string HashText(const void* data, size_t size);

}  // namespace hubmill

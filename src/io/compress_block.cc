// One-shot calls of zlib and libzstd.
#include "io/compress_block.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

namespace hubmill {
namespace {

constexpr int kGzipWindowBits = 15 + 16;  // 16 asks zlib for the gzip wrapper.
constexpr int kGzipMemoryLevel = 8;
constexpr size_t kInputStep = size_t(1) << 30;  // zlib counts in 32 bits.

}  // namespace

Result<std::string> GzipMember(std::string_view text, int level) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, kGzipWindowBits, kGzipMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return RunFailed("cannot compress: format=gzip; remedy: free memory and run again");
  }
  std::string out;
  int code = Z_OK;
  do {
    if (stream.avail_in == 0) {
      const size_t step = std::min(text.size(), kInputStep);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
      stream.avail_in = uInt(step);
      text.remove_prefix(step);
    }
    const size_t used = out.size();
    const size_t room = std::max<size_t>(stream.avail_in / 2, 64 << 10);
    out.resize(used + room);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    stream.avail_out = uInt(room);
    code = deflate(&stream, text.empty() ? Z_FINISH : Z_NO_FLUSH);
    out.resize(used + room - stream.avail_out);
  } while (code == Z_OK || code == Z_BUF_ERROR);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) {
    return RunFailed("cannot compress: format=gzip code=", code, "; remedy: report this as a bug");
  }
  return out;
}

Result<std::string> ZstdFrame(std::string_view text, int level) {
  const std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(),
                                                                   ZSTD_freeCCtx);
  if (context == nullptr) {
    return RunFailed("cannot compress: format=zstd; remedy: free memory and run again");
  }
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const size_t size =
      ZSTD_compress2(context.get(), out.data(), out.size(), text.data(), text.size());
  if (ZSTD_isError(size)) {
    return RunFailed("cannot compress: format=zstd error=", ZSTD_getErrorName(size),
                     "; remedy: free memory and run again");
  }
  out.resize(size);
  return out;
}

}  // namespace hubmill

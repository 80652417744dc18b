// A xorb is its chunks back to back, each with a header of 8 bytes: version 0, packed length (24
// bits, little-endian), scheme, raw length (24 bits).  Scheme 1 is an LZ4 frame; scheme 2 first
// gathers every fourth byte (of numbers of four bytes, the like bytes lie together), then LZ4.
#include "hub/local/xet_xorb.h"

#include <lz4frame.h>

#include <algorithm>
#include <cstring>

namespace hubmill::local_hub {
namespace {

constexpr size_t kHeaderBytes = 8;
constexpr size_t kIndexBytes = 48;
// LZ4 may grow what does not compress; honest clients then store it instead.
constexpr size_t kPackedBytesMax = kChunkBytesMax + (64 << 10);

uint32_t Load24(const char* at) {
  const auto byte = [at](int i) { return static_cast<uint32_t>(static_cast<uint8_t>(at[i])); };
  return byte(0) | byte(1) << 8 | byte(2) << 16;
}

// Reads exactly `size` bytes; 0 where the body ended before the first of them.
Result<size_t> ReadExactly(BodyReader* body, char* out, size_t size) {
  size_t done = 0;
  while (done < size) {
    ARROW_ASSIGN_OR_RAISE(const size_t count, body->Read(out + done, size - done));
    if (count == 0) break;
    done += count;
  }
  if (done != 0 && done != size) return DataRefused("xorb: it ends within a chunk");
  return done;
}

Status UnpackLz4(std::string_view packed, std::string* raw) {
  LZ4F_dctx* context = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) {
    return RunFailed("no LZ4 context");
  }
  size_t in = 0, out = 0, hint = 1;
  while (hint != 0 && in < packed.size()) {
    size_t taken = packed.size() - in, made = raw->size() - out;
    hint = LZ4F_decompress(context, raw->data() + out, &made, packed.data() + in, &taken, nullptr);
    in += taken;
    out += made;
    if (LZ4F_isError(hint) || (taken == 0 && made == 0)) break;
  }
  LZ4F_freeDecompressionContext(context);
  if (hint != 0 || in != packed.size() || out != raw->size()) {
    return DataRefused("xorb: a chunk does not unpack to its length");
  }
  return Status::OK();
}

// The reverse of gathering every fourth byte.
std::string Ungroup(std::string_view grouped) {
  std::string raw(grouped.size(), '\0');
  size_t from = 0;
  for (size_t lane = 0; lane < 4; ++lane) {
    for (size_t to = lane; to < raw.size(); to += 4) raw[to] = grouped[from++];
  }
  return raw;
}

}  // namespace

Status UnpackChunk(const XorbChunk& chunk, std::string_view packed, std::string* raw) {
  if (chunk.raw_bytes > kChunkBytesMax) return DataRefused("xorb: a chunk is too long");
  if (chunk.scheme == ChunkScheme::kStored) {
    if (packed.size() != chunk.raw_bytes) {
      return DataRefused("xorb: a chunk does not unpack to its length");
    }
    raw->assign(packed);
    return Status::OK();
  }
  raw->resize(chunk.raw_bytes);
  ARROW_RETURN_NOT_OK(UnpackLz4(packed, raw));
  if (chunk.scheme == ChunkScheme::kGroupedLz4) *raw = Ungroup(*raw);
  return Status::OK();
}

Result<std::vector<XorbChunk>> ReadXorb(BodyReader* body,
                                        const std::function<Status(std::string_view)>& keep) {
  std::vector<XorbChunk> chunks;
  std::string packed(kHeaderBytes + kPackedBytesMax, '\0');
  std::string raw;
  size_t total = 0;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const size_t got, ReadExactly(body, packed.data(), kHeaderBytes));
    if (got == 0 || packed.starts_with("XETBLOB")) break;
    XorbChunk chunk;
    chunk.packed_bytes = Load24(packed.data() + 1);
    chunk.raw_bytes = Load24(packed.data() + 5);
    const auto scheme = static_cast<uint8_t>(packed[4]);
    if (packed[0] != 0 || scheme > 2) return DataRefused("xorb: unknown version or scheme");
    if (chunk.packed_bytes == 0 || chunk.packed_bytes > kPackedBytesMax || chunk.raw_bytes == 0 ||
        chunk.raw_bytes > kChunkBytesMax) {
      return DataRefused("xorb: a chunk's length is out of bounds");
    }
    chunk.scheme = static_cast<ChunkScheme>(scheme);
    chunk.offset = static_cast<uint32_t>(total + kHeaderBytes);
    total += kHeaderBytes + chunk.packed_bytes;
    if (chunks.size() == kXorbChunksMax || total > kXorbBytesMax) {
      return DataRefused("xorb: too large");
    }
    ARROW_ASSIGN_OR_RAISE(const size_t body_bytes,
                          ReadExactly(body, packed.data() + kHeaderBytes, chunk.packed_bytes));
    if (body_bytes == 0) return DataRefused("xorb: it ends within a chunk");
    const std::string_view whole =
        std::string_view(packed).substr(0, kHeaderBytes + chunk.packed_bytes);
    ARROW_RETURN_NOT_OK(UnpackChunk(chunk, whole.substr(kHeaderBytes), &raw));
    chunk.hash = ChunkHash(raw);
    ARROW_RETURN_NOT_OK(keep(whole));
    chunks.push_back(chunk);
  }
  if (chunks.empty()) return DataRefused("xorb: it has no chunks");
  return chunks;
}

XetHash HashOf(const std::vector<XorbChunk>& chunks) {
  std::vector<SizedHash> sized;
  sized.reserve(chunks.size());
  for (const XorbChunk& chunk : chunks) sized.push_back({chunk.hash, chunk.raw_bytes});
  return XorbHash(sized);
}

std::string RenderXorbIndex(const std::vector<XorbChunk>& chunks) {
  std::string text(chunks.size() * kIndexBytes, '\0');
  char* at = text.data();
  for (const XorbChunk& chunk : chunks) {
    const uint32_t numbers[4] = {chunk.offset, chunk.packed_bytes, chunk.raw_bytes,
                                 static_cast<uint32_t>(chunk.scheme)};
    std::memcpy(at, chunk.hash.data(), 32);
    std::memcpy(at + 32, numbers, sizeof numbers);
    at += kIndexBytes;
  }
  return text;
}

Result<std::vector<XorbChunk>> ParseXorbIndex(std::string_view text) {
  if (text.size() % kIndexBytes != 0) return RunFailed("a stored xorb's index is broken");
  std::vector<XorbChunk> chunks(text.size() / kIndexBytes);
  const char* at = text.data();
  for (XorbChunk& chunk : chunks) {
    uint32_t numbers[4];
    std::memcpy(chunk.hash.data(), at, 32);
    std::memcpy(numbers, at + 32, sizeof numbers);
    if (numbers[3] > 2) return RunFailed("a stored xorb's index is broken");
    chunk.offset = numbers[0];
    chunk.packed_bytes = numbers[1];
    chunk.raw_bytes = numbers[2];
    chunk.scheme = static_cast<ChunkScheme>(numbers[3]);
    at += kIndexBytes;
  }
  return chunks;
}

}  // namespace hubmill::local_hub

// Xorbs: the containers in which Xet clients upload chunks (huggingface.co/docs/xet/xorb).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/local/http.h"
#include "hub/local/xet_hash.h"

namespace hubmill::local_hub {

constexpr size_t kXorbBytesMax = 64 << 20;
constexpr size_t kXorbChunksMax = 8 << 10;
constexpr size_t kChunkBytesMax = 128 << 10;

enum class ChunkScheme : uint8_t { kStored = 0, kLz4 = 1, kGroupedLz4 = 2 };

/// Where one chunk lies in a xorb, and what it holds.
struct XorbChunk {
  XetHash hash;
  uint32_t offset = 0;  // Of its packed bytes, after the 8-byte header.
  uint32_t packed_bytes = 0;
  uint32_t raw_bytes = 0;
  ChunkScheme scheme = ChunkScheme::kStored;
};

/// Unpacks one chunk into `raw`; refused where it is not exactly `chunk.raw_bytes` long.
Status UnpackChunk(const XorbChunk& chunk, std::string_view packed, std::string* raw);

/// Reads a whole xorb from `body`, unpacks and hashes every chunk, and hands the bytes that are to
/// be kept (a footer is none of them) to `keep`.
Result<std::vector<XorbChunk>> ReadXorb(BodyReader* body,
                                        const std::function<Status(std::string_view)>& keep);

/// The hash that names a xorb of these chunks.
XetHash HashOf(const std::vector<XorbChunk>& chunks);

/// The index that is kept beside a stored xorb, 48 bytes a chunk.
std::string RenderXorbIndex(const std::vector<XorbChunk>& chunks);
Result<std::vector<XorbChunk>> ParseXorbIndex(std::string_view text);

}  // namespace hubmill::local_hub

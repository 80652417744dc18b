// The hashes of the Xet protocol (huggingface.co/docs/xet/hashing, version 1.1.0).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/blake3.h"

namespace hubmill::local_hub {

using XetHash = Blake3Digest;

/// Hexadecimal of four little-endian 64-bit numbers: each group of eight bytes is reversed.
std::string XetHex(const XetHash& hash);
std::optional<XetHash> ParseXetHex(std::string_view text);

struct SizedHash {
  XetHash hash;
  uint64_t size;
};

/// Of a chunk's raw bytes.
XetHash ChunkHash(std::string_view chunk);
/// Of a sequence of chunks: the root of the Merkle tree, which names a xorb.
XetHash XorbHash(std::span<const SizedHash> chunks);
/// Of a whole file's chunks.
XetHash FileHash(std::span<const SizedHash> chunks);
/// Of the chunk hashes of one term, one after the other.
XetHash VerificationHash(std::string_view chunk_hashes);

}  // namespace hubmill::local_hub

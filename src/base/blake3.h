// BLAKE3, plain and keyed, 32 bytes out: the hash of the Xet protocol (src/hub/local/xet_hash.h).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace hubmill {

using Blake3Digest = std::array<uint8_t, 32>;
using Blake3Key = std::array<uint8_t, 32>;

/// The hash of `data`.
Blake3Digest Blake3(std::string_view data);

/// The keyed hash of `data`.
Blake3Digest Blake3Keyed(const Blake3Key& key, std::string_view data);

}  // namespace hubmill

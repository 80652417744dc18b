// Shards: how Xet clients say which chunks make up which file (huggingface.co/docs/xet/shard).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"
#include "hub/local/xet_hash.h"

namespace hubmill::local_hub {

constexpr size_t kShardBytesMax = 64 << 20;

/// The chunks [first, end) of one xorb.
struct ShardTerm {
  XetHash xorb;
  uint32_t raw_bytes = 0;
  uint32_t first = 0;
  uint32_t end = 0;
  std::optional<XetHash> verification;
};

struct ShardFile {
  XetHash hash;
  std::vector<ShardTerm> terms;
  std::string sha256;  // "" where the client left it out.
};

/// The file section of an uploaded shard.  What follows it tells nothing that the xorbs do not.
Result<std::vector<ShardFile>> ParseShard(std::string_view shard);

}  // namespace hubmill::local_hub

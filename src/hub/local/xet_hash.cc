// A node of the tree is the hash of a text, one line a child: "{hex} : {size}\n".  Children are
// grouped by content: a group ends after a child, its third at the earliest, whose last number is
// divisible by 4, or after nine; levels are built until one node is left.
#include "hub/local/xet_hash.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "hub/local/sha256.h"

namespace hubmill::local_hub {
namespace {

constexpr Blake3Key kDataKey = {102, 151, 245, 119, 91,  149, 80,  222, 49,  53,  203,
                                172, 165, 151, 24,  28,  157, 228, 33,  16,  155, 235,
                                43,  88,  180, 208, 176, 75,  147, 173, 242, 41};
constexpr Blake3Key kNodeKey = {1,   126, 197, 199, 165, 71,  41,  150, 253, 148, 102,
                                102, 180, 138, 2,   230, 93,  221, 83,  111, 55,  199,
                                109, 210, 248, 99,  82,  230, 74,  83,  113, 63};
constexpr Blake3Key kVerificationKey = {127, 24,  87,  214, 206, 86,  237, 102, 18,  127, 249,
                                        19,  231, 165, 195, 243, 164, 205, 38,  213, 181, 219,
                                        73,  230, 65,  36,  152, 127, 40,  251, 148, 195};
constexpr size_t kGroupMax = 9;

XetHash ReverseGroups(XetHash hash) {
  for (size_t group = 0; group < hash.size(); group += 8) {
    std::reverse(hash.begin() + group, hash.begin() + group + 8);
  }
  return hash;
}

std::string_view Bytes(const XetHash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

size_t GroupSize(std::span<const SizedHash> nodes) {
  if (nodes.size() <= 2) return nodes.size();
  const size_t end = std::min(kGroupMax, nodes.size());
  for (size_t i = 2; i < end; ++i) {
    if (nodes[i].hash[24] % 4 == 0) return i + 1;  // The last number's lowest byte.
  }
  return end;
}

}  // namespace

std::string XetHex(const XetHash& hash) { return HexOf(Bytes(ReverseGroups(hash))); }

std::optional<XetHash> ParseXetHex(std::string_view text) {
  if (!IsLowerHex(text, 64)) return std::nullopt;
  XetHash hash;
  for (size_t i = 0; i < hash.size(); ++i) {
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    hash[i] = static_cast<uint8_t>(digit(text[2 * i]) * 16 + digit(text[2 * i + 1]));
  }
  return ReverseGroups(hash);
}

XetHash ChunkHash(std::string_view chunk) { return Blake3Keyed(kDataKey, chunk); }

XetHash XorbHash(std::span<const SizedHash> chunks) {
  if (chunks.empty()) return {};
  std::vector<SizedHash> level(chunks.begin(), chunks.end());
  while (level.size() > 1) {
    std::vector<SizedHash> next;
    for (std::span<const SizedHash> rest = level; !rest.empty();) {
      const size_t count = GroupSize(rest);
      std::string text;
      uint64_t size = 0;
      for (const SizedHash& node : rest.first(count)) {
        text += XetHex(node.hash) + " : " + std::to_string(node.size) + "\n";
        size += node.size;
      }
      next.push_back({Blake3Keyed(kNodeKey, text), size});
      rest = rest.subspan(count);
    }
    level = std::move(next);
  }
  return level[0].hash;
}

XetHash FileHash(std::span<const SizedHash> chunks) {
  return Blake3Keyed(Blake3Key{}, Bytes(XorbHash(chunks)));
}

XetHash VerificationHash(std::string_view chunk_hashes) {
  return Blake3Keyed(kVerificationKey, chunk_hashes);
}

}  // namespace hubmill::local_hub

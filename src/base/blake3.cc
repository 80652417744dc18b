// BLAKE3 written from its paper ("BLAKE3: one function, fast everywhere", sections 2.1 to 2.4).
//
// The input is cut into chunks of 1,024 bytes, each hashed as a chain of 16 blocks; the chunk
// values are the leaves of a binary tree whose left subtrees are complete.  Merging neighbours
// level by level, an odd last one moving up unchanged, builds the same tree without recursion.
//
// Chunks do not depend on each other, so eight of them go through the rounds together, one in each
// lane of a vector (GCC's vector extension; the clone for AVX2 is picked when the program starts).
// One Xet chunk (64 KiB) fills eight such groups.
#include "base/blake3.h"

#include <bit>
#include <cstring>
#include <vector>

#include "base/simd_level.h"

namespace hubmill {
namespace {

constexpr size_t kBlockBytes = 64;
constexpr size_t kChunkBytes = 1024;
constexpr size_t kLanes = 8;
constexpr uint32_t kChunkStart = 1, kChunkEnd = 2, kParent = 4, kRoot = 8, kKeyedHash = 16;
constexpr uint32_t kIv[8] = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                             0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
constexpr int kRounds = 7;

// Row r: which message word each of the 16 places uses in round r; the permutation of the paper
// applied r times.
constexpr uint8_t kSchedule[kRounds][16] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                                            {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8},
                                            {3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1},
                                            {10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6},
                                            {12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4},
                                            {9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7},
                                            {11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13}};

using Lanes = uint32_t __attribute__((vector_size(4 * kLanes)));
using ChainingValue = std::array<uint32_t, 8>;

template <typename Word>
[[gnu::always_inline]] inline Word RotateRight(Word value, int bits) {
  return (value >> bits) | (value << (32 - bits));
}

template <typename Word>
[[gnu::always_inline]] inline void Mix(Word* v, int a, int b, int c, int d, Word x, Word y) {
  v[a] = v[a] + v[b] + x;
  v[d] = RotateRight(v[d] ^ v[a], 16);
  v[c] = v[c] + v[d];
  v[b] = RotateRight(v[b] ^ v[c], 12);
  v[a] = v[a] + v[b] + y;
  v[d] = RotateRight(v[d] ^ v[a], 8);
  v[c] = v[c] + v[d];
  v[b] = RotateRight(v[b] ^ v[c], 7);
}

template <typename Word>
[[gnu::always_inline]] inline void Rounds(Word* v, const Word* m) {
#pragma GCC unroll 7
  for (int round = 0; round < kRounds; ++round) {
    const uint8_t* s = kSchedule[round];
    Mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
    Mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
    Mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
    Mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
    Mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
    Mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
    Mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
    Mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
  }
}

uint32_t LoadWord(const uint8_t* at) {
  uint32_t word;
  std::memcpy(&word, at, sizeof word);
  static_assert(std::endian::native == std::endian::little);
  return word;
}

ChainingValue Compress(const ChainingValue& h, const uint32_t* m, uint64_t counter, uint32_t length,
                       uint32_t flags) {
  uint32_t v[16];
  std::memcpy(v, h.data(), 32);
  std::memcpy(v + 8, kIv, 16);
  v[12] = static_cast<uint32_t>(counter);
  v[13] = static_cast<uint32_t>(counter >> 32);
  v[14] = length;
  v[15] = flags;
  Rounds(v, m);
  ChainingValue out;
  for (int i = 0; i < 8; ++i) out[i] = v[i] ^ v[i + 8];
  return out;
}

ChainingValue HashChunk(const ChainingValue& key, const uint8_t* data, size_t size,
                        uint64_t counter, uint32_t flags, uint32_t last_flags) {
  ChainingValue h = key;
  uint32_t start = kChunkStart;
  do {
    const size_t take = size < kBlockBytes ? size : kBlockBytes;
    uint8_t block[kBlockBytes] = {};
    if (take > 0) std::memcpy(block, data, take);
    uint32_t m[16];
    for (int i = 0; i < 16; ++i) m[i] = LoadWord(block + 4 * i);
    const uint32_t end = size <= kBlockBytes ? kChunkEnd | last_flags : 0;
    h = Compress(h, m, counter, static_cast<uint32_t>(take), flags | start | end);
    start = 0;
    data += take;
    size -= take;
  } while (size > 0);
  return h;
}

// REQUIRES: kLanes whole chunks at `data`.
HUBMILL_CLONES_AVX2 void HashEightChunks(const uint32_t* key, const uint8_t* data, uint64_t counter,
                                         uint32_t flags, ChainingValue* out) {
  Lanes h[8];
  for (int i = 0; i < 8; ++i) h[i] = Lanes{} + key[i];
  Lanes counter_low, counter_high;
  for (size_t lane = 0; lane < kLanes; ++lane) {
    counter_low[lane] = static_cast<uint32_t>(counter + lane);
    counter_high[lane] = static_cast<uint32_t>((counter + lane) >> 32);
  }
  constexpr size_t kBlocks = kChunkBytes / kBlockBytes;
  for (size_t block = 0; block < kBlocks; ++block) {
    Lanes m[16];
    for (int i = 0; i < 16; ++i) {
      for (size_t lane = 0; lane < kLanes; ++lane) {
        uint32_t word;
        std::memcpy(&word, data + lane * kChunkBytes + block * kBlockBytes + 4 * i, sizeof word);
        m[i][lane] = word;
      }
    }
    const uint32_t place = (block == 0 ? kChunkStart : 0) | (block + 1 == kBlocks ? kChunkEnd : 0);
    Lanes v[16];
    for (int i = 0; i < 8; ++i) v[i] = h[i];
    for (int i = 0; i < 4; ++i) v[8 + i] = Lanes{} + kIv[i];
    v[12] = counter_low;
    v[13] = counter_high;
    v[14] = Lanes{} + static_cast<uint32_t>(kBlockBytes);
    v[15] = Lanes{} + (flags | place);
    Rounds(v, m);
    for (int i = 0; i < 8; ++i) h[i] = v[i] ^ v[i + 8];
  }
  for (size_t lane = 0; lane < kLanes; ++lane) {
    for (int i = 0; i < 8; ++i) out[lane][i] = h[i][lane];
  }
}

ChainingValue MergeTree(const ChainingValue& key, std::vector<ChainingValue> level,
                        uint32_t flags) {
  for (;;) {
    const uint32_t root = level.size() == 2 ? kRoot : 0;
    std::vector<ChainingValue> next;
    next.reserve((level.size() + 1) / 2);
    for (size_t i = 0; i + 1 < level.size(); i += 2) {
      uint32_t m[16];
      std::memcpy(m, level[i].data(), 32);
      std::memcpy(m + 8, level[i + 1].data(), 32);
      next.push_back(Compress(key, m, 0, kBlockBytes, flags | kParent | root));
    }
    if (root != 0) return next[0];
    if (level.size() % 2 == 1) next.push_back(level.back());
    level = std::move(next);
  }
}

Blake3Digest Hash(const ChainingValue& key, std::string_view text, uint32_t flags) {
  const auto* data = reinterpret_cast<const uint8_t*>(text.data());
  size_t size = text.size();
  ChainingValue root;
  if (size <= kChunkBytes) {
    root = HashChunk(key, data, size, 0, flags, kRoot);
  } else {
    std::vector<ChainingValue> values;
    values.reserve((size + kChunkBytes - 1) / kChunkBytes + kLanes);
    for (; size >= kLanes * kChunkBytes; size -= kLanes * kChunkBytes) {
      const size_t counter = values.size();
      values.resize(counter + kLanes);
      HashEightChunks(key.data(), data, counter, flags, &values[counter]);
      data += kLanes * kChunkBytes;
    }
    while (size > 0) {
      const size_t take = size < kChunkBytes ? size : kChunkBytes;
      values.push_back(HashChunk(key, data, take, values.size(), flags, 0));
      data += take;
      size -= take;
    }
    root = MergeTree(key, std::move(values), flags);
  }
  Blake3Digest digest;
  std::memcpy(digest.data(), root.data(), digest.size());
  return digest;
}

}  // namespace

Blake3Digest Blake3(std::string_view data) {
  ChainingValue key;
  std::memcpy(key.data(), kIv, sizeof kIv);
  return Hash(key, data, 0);
}

Blake3Digest Blake3Keyed(const Blake3Key& key, std::string_view data) {
  ChainingValue words;
  std::memcpy(words.data(), key.data(), key.size());
  return Hash(words, data, kKeyedHash);
}

}  // namespace hubmill

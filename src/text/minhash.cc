#include "text/minhash.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "base/check.h"

namespace hubmill {
namespace {

// --- Minima ------------------------------------------------------------------------------------
// The i-th hash of a shingle x is x·a[i] + b[i] mod 2^32.  One kernel, written with the compilers'
// vector types, is compiled for each level with vectors as wide as its registers; `kMany` vectors
// of multipliers, increments and minima stay in registers over all shingles.

typedef uint32_t Lanes4 __attribute__((vector_size(16)));
typedef uint32_t Lanes8 __attribute__((vector_size(32)));
typedef uint32_t Lanes16 __attribute__((vector_size(64)));
constexpr size_t kWidest = sizeof(Lanes16) / sizeof(uint32_t);

/// The parameters of all minima, and where they go; `count` is a multiple of kWidest.
struct Minima {
  const uint32_t* multipliers;
  const uint32_t* increments;
  uint32_t* out;
  size_t count;
};

template <typename Lanes, size_t kVectors>
__attribute__((always_inline)) inline void MinimaFrom(size_t at, std::span<const uint32_t> shingles,
                                                      const Minima& minima) {
  constexpr size_t kLanes = sizeof(Lanes) / sizeof(uint32_t);
  Lanes multiply[kVectors];
  Lanes add[kVectors];
  Lanes least[kVectors];
  for (size_t v = 0; v < kVectors; ++v) {
    std::memcpy(&multiply[v], minima.multipliers + at + v * kLanes, sizeof(Lanes));
    std::memcpy(&add[v], minima.increments + at + v * kLanes, sizeof(Lanes));
    least[v] = ~Lanes{};
  }
  for (const uint32_t shingle : shingles) {
    for (size_t v = 0; v < kVectors; ++v) {
      const Lanes hash = multiply[v] * shingle + add[v];
      least[v] = hash < least[v] ? hash : least[v];
    }
  }
  for (size_t v = 0; v < kVectors; ++v) {
    std::memcpy(minima.out + at + v * kLanes, &least[v], sizeof(Lanes));
  }
}

template <typename Lanes, size_t kMany>
__attribute__((always_inline)) inline void AllMinima(std::span<const uint32_t> shingles,
                                                     const Minima& minima) {
  constexpr size_t kLanes = sizeof(Lanes) / sizeof(uint32_t);
  size_t at = 0;
  for (; at + kMany * kLanes <= minima.count; at += kMany * kLanes) {
    MinimaFrom<Lanes, kMany>(at, shingles, minima);
  }
  for (; at + 2 * kLanes <= minima.count; at += 2 * kLanes) {
    MinimaFrom<Lanes, 2>(at, shingles, minima);
  }
  for (; at < minima.count; at += kLanes) MinimaFrom<Lanes, 1>(at, shingles, minima);
}

void MinimaPortable(std::span<const uint32_t> shingles, const Minima& minima) {
  AllMinima<Lanes4, 4>(shingles, minima);
}

#if HUBMILL_HAVE_AVX2
HUBMILL_TARGET_AVX2 void MinimaAvx2(std::span<const uint32_t> shingles, const Minima& minima) {
  AllMinima<Lanes8, 4>(shingles, minima);
}

__attribute__((target("avx512f"))) void MinimaAvx512(std::span<const uint32_t> shingles,
                                                     const Minima& minima) {
  AllMinima<Lanes16, 7>(shingles, minima);
}
#endif

// --- Hashes ------------------------------------------------------------------------------------

constexpr uint64_t kWordMultiplier = 0x9E3779B97F4A7C15;
constexpr uint64_t kMixMultiplier = 0xD6E8FEB86659FD93;

uint64_t Mix(uint64_t x) {
  x ^= x >> 32;
  x *= kMixMultiplier;
  x ^= x >> 32;
  x *= kMixMultiplier;
  return x ^ (x >> 32);
}

uint32_t ShingleHash(uint64_t rolling) {
  rolling ^= rolling >> 29;
  return uint32_t((rolling * kMixMultiplier) >> 32);
}

}  // namespace

MinHashLevel BestMinHashLevel() {
#if HUBMILL_HAVE_AVX2
  static const MinHashLevel best = __builtin_cpu_supports("avx512f")     ? MinHashLevel::kAvx512
                                   : BestSimdLevel() == SimdLevel::kAvx2 ? MinHashLevel::kAvx2
                                                                         : MinHashLevel::kPortable;
  return best;
#else
  return MinHashLevel::kPortable;
#endif
}

MinHash::MinHash(MinHashShape shape, MinHashLevel level) : shape_(shape), level_(level) {
  const int count = shape.bands * shape.rows;
  HUBMILL_CHECK(shape.ngram >= 1 && shape.ngram <= 64 && shape.bands >= 1 && shape.rows >= 1 &&
                    count <= kMinimaMax,
                "the shape was checked before");
  for (int i = 0; i < shape.ngram; ++i) oldest_multiplier_ *= kWordMultiplier;
  const size_t padded = (size_t(count) + kWidest - 1) / kWidest * kWidest;
  for (size_t i = 0; i < padded; ++i) {
    multipliers_.push_back(uint32_t(Mix(i + 1)) | 1);
    increments_.push_back(uint32_t(Mix(i + 100'000)));
  }
}

void MinHash::Shingles(std::string_view text, MinHashScratch* scratch) const {
  scratch->words.clear();
  scratch->shingles.clear();
  HashWords(text, &scratch->words);
  const std::vector<uint32_t>& words = scratch->words;
  if (words.empty()) return;
  // A polynomial in the word hashes that rolls: the newest word comes in, the oldest goes.
  const size_t ngram = std::min(words.size(), size_t(shape_.ngram));
  uint64_t rolling = 0;
  for (size_t i = 0; i < ngram; ++i) rolling = (rolling + words[i]) * kWordMultiplier;
  scratch->shingles.reserve(words.size() - ngram + 1);
  scratch->shingles.push_back(ShingleHash(rolling));
  for (size_t i = ngram; i < words.size(); ++i) {
    rolling = (rolling - words[i - ngram] * oldest_multiplier_ + words[i]) * kWordMultiplier;
    scratch->shingles.push_back(ShingleHash(rolling));
  }
}

bool MinHash::TakeMinima(std::string_view text, MinHashScratch* scratch) const {
  Shingles(text, scratch);
  if (scratch->shingles.empty()) return false;
  const size_t padded = multipliers_.size();
  scratch->minima.resize(padded);
  auto take = &MinimaPortable;
#if HUBMILL_HAVE_AVX2
  if (level_ == MinHashLevel::kAvx2) take = &MinimaAvx2;
  if (level_ == MinHashLevel::kAvx512) take = &MinimaAvx512;
#endif
  take(scratch->shingles,
       {multipliers_.data(), increments_.data(), scratch->minima.data(), padded});
  return true;
}

bool MinHash::Minima(std::string_view text, MinHashScratch* scratch,
                     std::vector<uint32_t>* minima) const {
  if (!TakeMinima(text, scratch)) return false;
  minima->assign(scratch->minima.begin(), scratch->minima.begin() + shape_.bands * shape_.rows);
  return true;
}

bool MinHash::AppendBandKeys(std::string_view text, MinHashScratch* scratch,
                             std::vector<uint64_t>* keys) const {
  if (!TakeMinima(text, scratch)) return false;
  const uint32_t* minimum = scratch->minima.data();
  for (int band = 0; band < shape_.bands; ++band) {
    uint64_t key = uint64_t(band) + 1;
    for (int row = 0; row < shape_.rows; ++row) key = Mix(key ^ *minimum++);
    keys->push_back(key);
  }
  return true;
}

}  // namespace hubmill

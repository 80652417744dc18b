#include "text/minhash.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "base/check.h"

#if HUBMILL_HAVE_AVX2
#include <immintrin.h>
#endif

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

HUBMILL_TARGET_AVX512 void MinimaAvx512(std::span<const uint32_t> shingles, const Minima& minima) {
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

uint32_t ShingleHash(uint64_t sum) {
  sum ^= sum >> 29;
  return uint32_t((sum * kMixMultiplier) >> 32);
}

/// The hash of a shingle is that of Σ word[i]·m^(n-i), which rolls: the newest word comes in, the
/// oldest (times `oldest` = m^n) goes.  REQUIRES: at least `ngram` words; as many shingles as fit.
void RollShingles(std::span<const uint32_t> words, size_t ngram, uint64_t oldest,
                  std::span<uint32_t> shingles) {
  uint64_t rolling = 0;
  for (size_t i = 0; i < ngram; ++i) rolling = (rolling + words[i]) * kWordMultiplier;
  shingles[0] = ShingleHash(rolling);
  for (size_t i = ngram; i < words.size(); ++i) {
    rolling = (rolling - words[i - ngram] * oldest + words[i]) * kWordMultiplier;
    shingles[i - ngram + 1] = ShingleHash(rolling);
  }
}

/// A band's key: its minima mixed in one after the other.
void BandKeys(const uint32_t* minima, const MinHashShape& shape, uint64_t* keys) {
  for (int band = 0; band < shape.bands; ++band) {
    uint64_t key = uint64_t(band) + 1;
    for (int row = 0; row < shape.rows; ++row) key = Mix(key ^ *minima++);
    keys[band] = key;
  }
}

#if HUBMILL_HAVE_AVX2
// Rolling and mixing are chains of multiplications, each of which waits for the one before.  Eight
// shingles, or bands, side by side do not: for up to kSummedWords words the sum is taken anew.

constexpr size_t kSummedWords = 16;

HUBMILL_TARGET_AVX512 void SumShingles(std::span<const uint32_t> words,
                                       std::span<const uint64_t> multipliers,
                                       std::span<uint32_t> shingles) {
  for (size_t at = 0; at < shingles.size(); at += 8) {
    const size_t left = shingles.size() - at;
    const __mmask8 there = left >= 8 ? __mmask8(0xFF) : __mmask8((1U << left) - 1);
    __m512i sum = _mm512_setzero_si512();
    for (size_t i = 0; i < multipliers.size(); ++i) {
      const __m512i word =
          _mm512_cvtepu32_epi64(_mm256_maskz_loadu_epi32(there, words.data() + at + i));
      sum = _mm512_add_epi64(sum,
                             _mm512_mullo_epi64(word, _mm512_set1_epi64(int64_t(multipliers[i]))));
    }
    sum = _mm512_xor_si512(sum, _mm512_srli_epi64(sum, 29));
    sum = _mm512_mullo_epi64(sum, _mm512_set1_epi64(int64_t(kMixMultiplier)));
    _mm256_mask_storeu_epi32(shingles.data() + at, there,
                             _mm512_cvtepi64_epi32(_mm512_srli_epi64(sum, 32)));
  }
}

HUBMILL_TARGET_AVX512 inline __m512i MixEight(__m512i x) {
  const __m512i multiplier = _mm512_set1_epi64(int64_t(kMixMultiplier));
  x = _mm512_mullo_epi64(_mm512_xor_si512(x, _mm512_srli_epi64(x, 32)), multiplier);
  x = _mm512_mullo_epi64(_mm512_xor_si512(x, _mm512_srli_epi64(x, 32)), multiplier);
  return _mm512_xor_si512(x, _mm512_srli_epi64(x, 32));
}

HUBMILL_TARGET_AVX512 void BandKeysAvx512(const uint32_t* minima, const MinHashShape& shape,
                                          uint64_t* keys) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i starts = _mm256_mullo_epi32(lanes, _mm256_set1_epi32(shape.rows));
  for (int band = 0; band < shape.bands; band += 8) {
    const int left = shape.bands - band;
    const __mmask8 there = left >= 8 ? __mmask8(0xFF) : __mmask8((1U << left) - 1);
    __m512i key = _mm512_add_epi64(_mm512_cvtepu32_epi64(lanes), _mm512_set1_epi64(band + 1));
    for (int row = 0; row < shape.rows; ++row) {
      const __m256i minimum = _mm256_mmask_i32gather_epi32(_mm256_setzero_si256(), there, starts,
                                                           minima + band * shape.rows + row, 4);
      key = MixEight(_mm512_xor_si512(key, _mm512_cvtepu32_epi64(minimum)));
    }
    _mm512_mask_storeu_epi64(keys + band, there, key);
  }
}
#endif

}  // namespace

MinHash::MinHash(MinHashShape shape, SimdLevel level) : shape_(shape), level_(level) {
  const int count = shape.bands * shape.rows;
  HUBMILL_CHECK(shape.ngram >= 1 && shape.ngram <= 64 && shape.bands >= 1 && shape.rows >= 1 &&
                    count <= kMinimaMax,
                "the shape was checked before");
  HUBMILL_CHECK(level <= MachineSimdLevel(), "the machine has these instructions");
  word_multipliers_.assign(size_t(shape.ngram), kWordMultiplier);
  for (size_t i = word_multipliers_.size() - 1; i > 0; --i) {
    word_multipliers_[i - 1] = word_multipliers_[i] * kWordMultiplier;
  }
  const size_t padded = (size_t(count) + kWidest - 1) / kWidest * kWidest;
  for (size_t i = 0; i < padded; ++i) {
    multipliers_.push_back(uint32_t(Mix(i + 1)) | 1);
    increments_.push_back(uint32_t(Mix(i + 100'000)));
  }
}

void MinHash::Shingles(std::string_view text, MinHashScratch* scratch) const {
  scratch->words.clear();
  HashWordsAt(level_, text, &scratch->words);
  const std::vector<uint32_t>& words = scratch->words;
  const size_t ngram = std::min(words.size(), size_t(shape_.ngram));
  scratch->shingles.resize(words.empty() ? 0 : words.size() - ngram + 1);
  if (words.empty()) return;
#if HUBMILL_HAVE_AVX2
  if (level_ == SimdLevel::kAvx512 && words.size() >= size_t(shape_.ngram) &&
      ngram <= kSummedWords) {
    return SumShingles(words, word_multipliers_, scratch->shingles);
  }
#endif
  RollShingles(words, ngram, word_multipliers_[0], scratch->shingles);
}

bool MinHash::TakeMinima(std::string_view text, MinHashScratch* scratch) const {
  Shingles(text, scratch);
  if (scratch->shingles.empty()) return false;
  const size_t padded = multipliers_.size();
  scratch->minima.resize(padded);
  auto take = &MinimaPortable;
#if HUBMILL_HAVE_AVX2
  if (level_ == SimdLevel::kAvx2) take = &MinimaAvx2;
  if (level_ == SimdLevel::kAvx512) take = &MinimaAvx512;
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
  const size_t before = keys->size();
  keys->resize(before + size_t(shape_.bands));
  auto take = &BandKeys;
#if HUBMILL_HAVE_AVX2
  if (level_ == SimdLevel::kAvx512) take = &BandKeysAvx512;
#endif
  take(scratch->minima.data(), shape_, keys->data() + before);
  return true;
}

}  // namespace hubmill

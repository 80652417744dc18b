// The header of libxxhash holds all of it, for whatever instructions it is compiled with.  What it
// includes comes first, so that nothing else is built for AVX2 in this file.
#include "base/xxh3_avx2.h"

#if HUBMILL_HAVE_AVX2
#include <immintrin.h>

#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif
#define XXH_INLINE_ALL
#define XXH_VECTOR 2  // XXH_AVX2
#include <xxhash.h>

namespace hubmill {

Hash128 Xxh3Hash128Avx2(std::string_view bytes, uint64_t seed) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
  return {.high = hash.high64, .low = hash.low64};
}

void Xxh3UpdateAvx2(void* state, std::string_view bytes) {
  XXH3_128bits_update(static_cast<XXH3_state_t*>(state), bytes.data(), bytes.size());
}

}  // namespace hubmill

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

// XXH3 with AVX2: libxxhash is built for any x86-64, and takes twice as long.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/hash.h"
#include "base/simd_level.h"

namespace hubmill {

#if HUBMILL_HAVE_AVX2
/// XXH3_128bits_withSeed().  REQUIRES, as below: a machine with AVX2.
Hash128 Xxh3Hash128Avx2(std::string_view bytes, uint64_t seed);

/// XXH3_128bits_update(); `state` is an XXH3_state_t, which is one at all levels of instructions.
void Xxh3UpdateAvx2(void* state, std::string_view bytes);
#endif

}  // namespace hubmill

// Which vector instructions the hot loops use.  The program is built for the plain x86-64 (or any
// other processor); functions that gain from AVX2 exist twice and are chosen once, at run time.
// All levels give the same result: tests and fuzz targets run each and compare.
#pragma once

#include <cstdint>

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define HUBMILL_HAVE_AVX2 1
#define HUBMILL_TARGET_AVX2 __attribute__((target("avx2,bmi")))
#else
#define HUBMILL_HAVE_AVX2 0
#endif

// A function that the compiler turns into vector code by itself: it is built twice, and the loader
// chooses.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
#define HUBMILL_CLONES_AVX2 __attribute__((target_clones("avx2", "default")))
#else
#define HUBMILL_CLONES_AVX2
#endif

namespace hubmill {

enum class SimdLevel : uint8_t { kScalar = 0, kAvx2 = 1 };

/// The best level that this machine runs.
inline SimdLevel BestSimdLevel() {
#if HUBMILL_HAVE_AVX2
  static const SimdLevel best = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")
                                    ? SimdLevel::kAvx2
                                    : SimdLevel::kScalar;
  return best;
#else
  return SimdLevel::kScalar;
#endif
}

}  // namespace hubmill

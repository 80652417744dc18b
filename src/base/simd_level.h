// Which vector instructions the hot loops use.  The program is built for the plain x86-64 (or any
// other processor); functions that gain from AVX2 or AVX-512 exist for each level and are chosen
// once, at run time.  All levels give the same result: tests and fuzz targets run each and compare.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define HUBMILL_HAVE_AVX2 1
#define HUBMILL_TARGET_AVX2 __attribute__((target("avx2,bmi")))
#define HUBMILL_TARGET_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,bmi,bmi2,popcnt")))
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

/// kAvx512: with the extensions BW, DQ and VL, which every processor with 512-bit vectors has but
/// for the Xeon Phi.
enum class SimdLevel : uint8_t { kScalar = 0, kAvx2 = 1, kAvx512 = 2 };

/// The best level that this machine runs.
SimdLevel MachineSimdLevel();

/// The level to use: the machine's, or a lower one that the environment variable HUBMILL_SIMD names
/// (avx512, avx2 or portable; read once).  Loops without a version of their own for a level take
/// the one below.
SimdLevel BestSimdLevel();

/// By its name in HUBMILL_SIMD.
std::optional<SimdLevel> SimdLevelNamed(std::string_view name);

}  // namespace hubmill

#include "base/simd_level.h"

#include <algorithm>
#include <cstdlib>

namespace hubmill {

SimdLevel MachineSimdLevel() {
#if HUBMILL_HAVE_AVX2
  static const SimdLevel level = [] {
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
    const bool avx512 = avx2 && __builtin_cpu_supports("bmi2") &&
                        __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("avx512f") &&
                        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512vl");
    return avx512 ? SimdLevel::kAvx512 : avx2 ? SimdLevel::kAvx2 : SimdLevel::kScalar;
  }();
  return level;
#else
  return SimdLevel::kScalar;
#endif
}

SimdLevel BestSimdLevel() {
  static const SimdLevel level = [] {
    const char* name = std::getenv("HUBMILL_SIMD");
    const auto named = SimdLevelNamed(name == nullptr ? "" : name);
    return named ? std::min(*named, MachineSimdLevel()) : MachineSimdLevel();
  }();
  return level;
}

std::optional<SimdLevel> SimdLevelNamed(std::string_view name) {
  if (name == "avx512") return SimdLevel::kAvx512;
  if (name == "avx2") return SimdLevel::kAvx2;
  if (name == "portable") return SimdLevel::kScalar;
  return std::nullopt;
}

}  // namespace hubmill

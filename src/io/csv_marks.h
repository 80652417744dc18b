// Where fields and rows of a CSV text may end: the places of three bytes, 64 bytes at a look.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace hubmill {

inline constexpr size_t kCsvWindow = 64;

#if defined(__SSE2__)
inline uint64_t CsvMarksOf(const char* bytes, char delimiter) {
  uint64_t mask = 0;
  for (int i = 0; i < 4; ++i) {
    const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes) + i);
    const __m128i ends_row = _mm_or_si128(_mm_cmpeq_epi8(part, _mm_set1_epi8('\n')),
                                          _mm_cmpeq_epi8(part, _mm_set1_epi8('\r')));
    const __m128i mark = _mm_or_si128(_mm_cmpeq_epi8(part, _mm_set1_epi8(delimiter)), ends_row);
    mask |= uint64_t(uint32_t(_mm_movemask_epi8(mark))) << (16 * i);
  }
  return mask;
}
#else
inline uint64_t CsvMarksOf(const char* bytes, char delimiter) {
  uint64_t mask = 0;
  for (size_t i = 0; i < kCsvWindow; ++i) {
    const char c = bytes[i];
    mask |= uint64_t(c == delimiter || c == '\n' || c == '\r') << i;
  }
  return mask;
}
#endif

/// Bit i: the delimiter, `\n` or `\r` stands at `at` + i; none stands behind the text's end.
inline uint64_t CsvMarksAt(std::string_view text, size_t at, char delimiter) {
  if (at + kCsvWindow <= text.size()) [[likely]] {
    return CsvMarksOf(text.data() + at, delimiter);
  }
  char rest[kCsvWindow] = {};  // A zero is no mark.
  if (at < text.size()) std::memcpy(rest, text.data() + at, text.size() - at);
  return CsvMarksOf(rest, delimiter);
}

}  // namespace hubmill

#include "base/json_text.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstring>

#include "base/utf8.h"

#if HUBMILL_HAVE_AVX2
#include <immintrin.h>
#endif

namespace hubmill {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

template <bool kAsciiOnly>
bool NeedsEscape(char byte) {
  const auto c = static_cast<unsigned char>(byte);
  return c < 0x20 || c == '"' || c == '\\' || (kAsciiOnly && c >= 0x7F);
}

/// Bytes before the first that needs an escape.
template <bool kAsciiOnly>
size_t CleanPrefixScalar(const char* text, size_t size) {
  size_t i = 0;
  while (i < size && !NeedsEscape<kAsciiOnly>(text[i])) ++i;
  return i;
}

#if HUBMILL_HAVE_AVX2
template <bool kAsciiOnly>
HUBMILL_TARGET_AVX2 size_t CleanPrefixAvx2(const char* text, size_t size) {
  const __m256i quote = _mm256_set1_epi8('"');
  const __m256i slash = _mm256_set1_epi8('\\');
  const __m256i control = _mm256_set1_epi8(0x1F);
  const __m256i del = _mm256_set1_epi8(0x7F);
  size_t i = 0;
  for (; size - i >= 32; i += 32) {
    const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + i));
    __m256i hit = _mm256_or_si256(_mm256_cmpeq_epi8(v, quote), _mm256_cmpeq_epi8(v, slash));
    hit = _mm256_or_si256(hit, _mm256_cmpeq_epi8(_mm256_min_epu8(v, control), v));
    if (kAsciiOnly) hit = _mm256_or_si256(hit, _mm256_cmpeq_epi8(_mm256_max_epu8(v, del), v));
    const auto mask = static_cast<uint32_t>(_mm256_movemask_epi8(hit));
    if (mask != 0) return i + static_cast<size_t>(std::countr_zero(mask));
  }
  return i + CleanPrefixScalar<kAsciiOnly>(text + i, size - i);
}
#endif

void AppendUnicodeEscape(uint32_t unit, std::string* out) {
  const char escape[6] = {'\\',
                          'u',
                          kHexDigits[unit >> 12 & 15],
                          kHexDigits[unit >> 8 & 15],
                          kHexDigits[unit >> 4 & 15],
                          kHexDigits[unit & 15]};
  out->append(escape, sizeof(escape));
}

/// Appends the escape of the character at `offset`; returns the bytes it takes in `text`.
size_t AppendEscape(std::string_view text, size_t offset, std::string* out) {
  const char c = text[offset];
  switch (c) {
    case '"':
      out->append("\\\"");
      return 1;
    case '\\':
      out->append("\\\\");
      return 1;
    case '\n':
      out->append("\\n");
      return 1;
    case '\r':
      out->append("\\r");
      return 1;
    case '\t':
      out->append("\\t");
      return 1;
    case '\b':
      out->append("\\b");
      return 1;
    case '\f':
      out->append("\\f");
      return 1;
    default:
      break;
  }
  const Utf8Char decoded = DecodeUtf8(text, offset);
  const char32_t code_point = decoded.valid ? decoded.code_point : 0xFFFD;
  if (code_point >= 0x10000) {
    AppendUnicodeEscape(0xD800 + ((code_point - 0x10000) >> 10), out);
    AppendUnicodeEscape(0xDC00 + ((code_point - 0x10000) & 0x3FF), out);
  } else {
    AppendUnicodeEscape(code_point, out);
  }
  return decoded.size_bytes;
}

template <bool kAsciiOnly>
void AppendString(SimdLevel level, std::string_view text, std::string* out) {
  auto* clean_prefix = &CleanPrefixScalar<kAsciiOnly>;
#if HUBMILL_HAVE_AVX2
  if (level >= SimdLevel::kAvx2) clean_prefix = &CleanPrefixAvx2<kAsciiOnly>;
#endif
  out->push_back('"');
  size_t i = 0;
  while (i < text.size()) {
    const size_t clean = clean_prefix(text.data() + i, text.size() - i);
    out->append(text.data() + i, clean);
    i += clean;
    while (i < text.size() && NeedsEscape<kAsciiOnly>(text[i])) i += AppendEscape(text, i, out);
  }
  out->push_back('"');
}

}  // namespace

void AppendJsonStringAt(SimdLevel level, std::string_view text, std::string* out,
                        JsonTextOptions options) {
  if (options.ascii_only) {
    AppendString<true>(level, text, out);
  } else {
    AppendString<false>(level, text, out);
  }
}

void AppendJsonString(std::string_view text, std::string* out, JsonTextOptions options) {
  AppendJsonStringAt(BestSimdLevel(), text, out, options);
}

void AppendJsonInt(int64_t value, std::string* out) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
  out->append(digits, static_cast<size_t>(end - digits));
}

bool AppendJsonDouble(double value, std::string* out) {
  if (!std::isfinite(value)) return false;
  char digits[40];
  const double size = std::fabs(value);
  const bool fixed = size == 0 || (size >= 1e-4 && size < 1e16);
  const auto end = std::to_chars(digits, digits + sizeof(digits), value,
                                 fixed ? std::chars_format::fixed : std::chars_format::scientific)
                       .ptr;
  const std::string_view text(digits, static_cast<size_t>(end - digits));
  out->append(text);
  if (fixed && text.find('.') == std::string_view::npos) out->append(".0");
  return true;
}

}  // namespace hubmill

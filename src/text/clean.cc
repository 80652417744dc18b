#include "text/clean.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/utf8.h"

#if HUBMILL_HAVE_AVX2
#include <immintrin.h>
#endif

namespace hubmill {
namespace {

// --- Where something may have to be done: an "event" -------------------------------------------

/// Bytes that are events whatever follows them: ASCII white space but the blank, lead bytes of
/// non-ASCII white space, ':' and '<'.
constexpr bool IsEventByte(unsigned char c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F) || c == ':' || c == '<' ||
         c == 0xC2 || (c >= 0xE1 && c <= 0xE3);
}

constexpr std::array<bool, 256> kEventBytes = [] {
  std::array<bool, 256> table{};
  for (int c = 0; c < 256; ++c) table[c] = IsEventByte(static_cast<unsigned char>(c));
  return table;
}();

/// A blank or a 'w' is an event where the next byte is the same.
bool IsEvent(const char* in, size_t i, size_t size) {
  const char c = in[i];
  if (c == ' ' || c == 'w') return i + 1 < size && in[i + 1] == c;
  return kEventBytes[static_cast<unsigned char>(c)];
}

/// Copies the bytes before the first event and returns their number; may write up to 32 bytes more.
using CopyToEvent = size_t (*)(const char* in, size_t size, char* out);

size_t CopyToEventScalar(const char* in, size_t size, char* out) {
  size_t i = 0;
  for (; i < size && !IsEvent(in, i, size); ++i) out[i] = in[i];
  return i;
}

#if HUBMILL_HAVE_AVX2
// A byte is an event byte if the classes of its two nibbles share a bit:
//   1: 09-0D   2: 1C-1F   4: ':' '<'   8: C2   16: E1-E3
constexpr char kLowNibble[16] = {0, 16, 8 | 16, 16, 0,         0,     0, 0,
                                 0, 1,  1 | 4,  1,  1 | 2 | 4, 1 | 2, 2, 2};
constexpr char kHighNibble[16] = {1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 16, 0};

HUBMILL_TARGET_AVX2 size_t CopyToEventAvx2(const char* in, size_t size, char* out) {
  const __m256i low =
      _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(kLowNibble)));
  const __m256i high =
      _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(kHighNibble)));
  const __m256i nibble = _mm256_set1_epi8(0x0F);
  const __m256i blank = _mm256_set1_epi8(' ');
  const __m256i w = _mm256_set1_epi8('w');
  const __m256i zero = _mm256_setzero_si256();
  size_t i = 0;
  for (; size - i > 32; i += 32) {
    const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + i));
    const __m256i next = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + i + 1));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), v);
    const __m256i of_low = _mm256_shuffle_epi8(low, _mm256_and_si256(v, nibble));
    const __m256i of_high =
        _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble));
    const __m256i none = _mm256_cmpeq_epi8(_mm256_and_si256(of_low, of_high), zero);
    const __m256i twin =
        _mm256_and_si256(_mm256_cmpeq_epi8(v, next),
                         _mm256_or_si256(_mm256_cmpeq_epi8(v, blank), _mm256_cmpeq_epi8(v, w)));
    const auto mask =
        static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_andnot_si256(twin, none))) ^ 0xFFFFFFFFu;
    if (mask != 0) return i + static_cast<size_t>(std::countr_zero(mask));
  }
  return i + CopyToEventScalar(in + i, size - i, out + i);
}
#endif

// --- URLs and tags of version 1 ----------------------------------------------------------------

size_t SkipNonSpace(std::string_view text, size_t i) {
  while (i < text.size() && PythonSpaceBytes(text.data() + i, text.size() - i) == 0) ++i;
  return i;
}

/// The start of "http://" or "https://" with something behind whose ':' is at `colon`, at or after
/// `from`; npos where there is none.
size_t HttpStart(std::string_view text, size_t colon, size_t from) {
  if (text.substr(colon, 3) != "://") return std::string_view::npos;
  const size_t rest = colon + 3;
  if (rest == text.size() || PythonSpaceBytes(text.data() + rest, text.size() - rest) != 0) {
    return std::string_view::npos;
  }
  const std::string_view before = text.substr(from, colon - from);
  if (before.ends_with("http")) return colon - 4;
  if (before.ends_with("https")) return colon - 5;
  return std::string_view::npos;
}

bool IsWwwStart(std::string_view text, size_t i) {
  return text.substr(i, 4) == "www." && i + 4 < text.size() &&
         PythonSpaceBytes(text.data() + i + 4, text.size() - i - 4) == 0;
}

/// Looks, from the byte after a '<', for the '>' that ends the tag in the text without its URLs.
/// `found`: `end` is behind the '>'.  Otherwise no '<' before `end` has one.
struct TagEnd {
  bool found;
  size_t end;
};
TagEnd FindTagEnd(std::string_view text, size_t i) {
  const size_t from = i;
  while (i < text.size()) {
    const char c = text[i];
    if (c == '>') return {true, i + 1};
    if (c == '\n') return {false, i};
    if (c == ':' && HttpStart(text, i, from) != std::string_view::npos) {
      i = SkipNonSpace(text, i);
    } else if (c == 'w' && IsWwwStart(text, i)) {
      i = SkipNonSpace(text, i);
    } else {
      ++i;
    }
  }
  return {false, i};
}

bool WantsBlank(const char* begin, const char* end) { return end != begin && end[-1] != ' '; }

size_t SkipSpace(std::string_view text, size_t i) {
  while (i < text.size()) {
    const size_t bytes = PythonSpaceBytes(text.data() + i, text.size() - i);
    if (bytes == 0) break;
    i += bytes;
  }
  return i;
}

size_t Clean(CopyToEvent copy, std::string_view text, char* const out) {
  char* o = out;
  size_t i = SkipSpace(text, 0);
  size_t no_tag_before = 0;
  while (i < text.size()) {
    const size_t copied = copy(text.data() + i, text.size() - i, o);
    i += copied;
    o += copied;
    if (i == text.size()) break;
    const char c = text[i];
    if (c == '<') {
      const TagEnd tag = i < no_tag_before ? TagEnd{false, no_tag_before} : FindTagEnd(text, i + 1);
      if (!tag.found) {
        no_tag_before = tag.end;
        *o++ = c;
        ++i;
        continue;
      }
      i = tag.end;
    } else if (c == ':') {
      const size_t start = HttpStart(text, i, 0);
      *o = c;
      if (start == std::string_view::npos) {
        ++o;
        ++i;
        continue;
      }
      // The name of the scheme has no events in it, so it is the last thing that was copied.
      o -= i - start;
      i = SkipNonSpace(text, i);
    } else if (c == 'w') {
      if (!IsWwwStart(text, i)) {
        *o++ = c;
        ++i;
        continue;
      }
      i = SkipNonSpace(text, i);
    } else if (PythonSpaceBytes(text.data() + i, text.size() - i) == 0) {
      *o++ = c;
      ++i;
      continue;
    }
    const size_t behind = SkipSpace(text, i);
    if (behind != i && WantsBlank(out, o)) *o++ = ' ';
    i = behind;
  }
  if (o != out && o[-1] == ' ') --o;
  return static_cast<size_t>(o - out);
}

}  // namespace

size_t CleanTextV1At(SimdLevel level, std::string_view in, char* out) {
#if HUBMILL_HAVE_AVX2
  if (level >= SimdLevel::kAvx2) return Clean(&CopyToEventAvx2, in, out);
#endif
  return Clean(&CopyToEventScalar, in, out);
}

size_t CleanTextV1(std::string_view in, char* out) {
  return CleanTextV1At(BestSimdLevel(), in, out);
}

void CleanTextV1(std::string_view in, std::string* out) {
  out->resize(in.size() + kCleanSlackBytes);
  out->resize(CleanTextV1(in, out->data()));
}

}  // namespace hubmill

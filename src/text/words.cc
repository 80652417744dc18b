// Two walkers take turns: a vector one over ASCII, which finds the borders of 64 bytes' words at
// once and hashes a word where it lies, and a careful one that decodes code points and folds them
// into a buffer.  The careful one begins at the start of a word and stops between words, so both
// see whole words only; a word of ASCII characters gets the same hash from either.
//
// A word at a time costs some 24 cycles, most of them in branches that no processor foresees: how
// many words 64 bytes hold, which ones are longer than a register.  With AVX-512 the borders are
// first written to a list, then eight words are hashed at once, in 7 cycles each.
#include "text/words.h"

#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <string>

#include "base/utf8.h"

#if HUBMILL_HAVE_AVX2
#include <immintrin.h>
#endif

namespace hubmill {
namespace {

// --- Tables ------------------------------------------------------------------------------------

struct WordRange {
  char32_t first;
  char32_t last;
  uint8_t word_class;
};
struct FoldRange {
  char32_t first;
  char32_t last;
  char32_t step;
  int32_t delta;
};
#include "text/word_ranges.inc"

constexpr char32_t kCodePoints = 0x110000;
constexpr char32_t kFoldedMax = 0x1E944;  // Code points from here on fold to themselves.

/// The ranges spread out: one look a character.  1.1 MB of class bytes and 0.5 MB of deltas, of
/// which a text touches the pages of its scripts.
struct WordTables {
  std::unique_ptr<uint8_t[]> classes = std::make_unique<uint8_t[]>(kCodePoints);
  std::unique_ptr<int32_t[]> deltas = std::make_unique<int32_t[]>(kFoldedMax);

  WordTables() {
    for (const WordRange& range : kWordRanges) {
      std::memset(classes.get() + range.first, range.word_class, range.last - range.first + 1);
    }
    for (const FoldRange& range : kFoldRanges) {
      for (char32_t c = range.first; c <= range.last; c += range.step) deltas[c] = range.delta;
    }
  }
};

const WordTables& Tables() {
  static const WordTables tables;
  return tables;
}

constexpr std::array<bool, 128> kAsciiWord = [] {
  std::array<bool, 128> table{};
  for (int c = '0'; c <= '9'; ++c) table[size_t(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[size_t(c)] = table[size_t(c - 'a' + 'A')] = true;
  table['_'] = true;
  return table;
}();

// --- The hash of a word ------------------------------------------------------------------------

constexpr uint64_t kMultiplier = 0xD6E8FEB86659FD93;
constexpr uint64_t kAsciiCaseBits =
    0x2020202020202020;  // Makes letters lower-case; '_' becomes DEL.

/// The `size` low bytes of the eight at `text`, the others zero.  REQUIRES: size in 0..8.
uint64_t LoadUpTo8(const char* text, size_t size, bool eight_readable) {
  uint64_t value = 0;
  if (eight_readable) {
    std::memcpy(&value, text, 8);
    return size == 8 ? value : value & ((uint64_t(1) << (8 * size)) - 1);
  }
  std::memcpy(&value, text, size);
  return value;
}

constexpr uint64_t kLengthMultiplier = 0x9E3779B97F4A7C15;

/// Of bytes that are folded already (`case_bits` 0), or of ASCII (kAsciiCaseBits).  Reads nothing
/// at or after `end`.
inline uint32_t HashWord(const char* word, size_t size, const char* end, uint64_t case_bits) {
  uint64_t hash = size * kLengthMultiplier;
  while (size > 8) {
    hash = (hash ^ (LoadUpTo8(word, 8, true) | case_bits)) * kMultiplier;
    hash ^= hash >> 29;
    word += 8;
    size -= 8;
  }
  uint64_t last = LoadUpTo8(word, size, end - word >= 8);
  if (case_bits != 0) last |= size == 8 ? case_bits : case_bits & ((uint64_t(1) << (8 * size)) - 1);
  hash = (hash ^ last) * kMultiplier;
  hash ^= hash >> 32;
  return uint32_t((hash * kMultiplier) >> 32);
}

// --- The careful walker ------------------------------------------------------------------------

/// Hashes words from `at`, where none is open, to the first place at or after `enough` where none
/// is open; returns that place.
size_t WalkCarefully(std::string_view text, size_t at, size_t enough, std::string* folded,
                     std::vector<uint32_t>* words) {
  const WordTables& tables = Tables();
  const auto close = [&] {
    if (folded->empty()) return;
    words->push_back(HashWord(folded->data(), folded->size(), folded->data() + folded->size(), 0));
    folded->clear();
  };
  const auto append = [&](char32_t code_point) {
    const char32_t c = code_point < kFoldedMax
                           ? char32_t(int32_t(code_point) + tables.deltas[code_point])
                           : code_point;
    if (c < 0x80) {
      folded->push_back(char(c | 0x20));
    } else {
      AppendUtf8(c, folded);
    }
  };
  folded->clear();
  while (at < text.size() && (at < enough || !folded->empty())) {
    const Utf8Char c = DecodeUtf8(text, at);
    at += c.size_bytes;
    const auto word_class =
        c.valid ? WordClass(tables.classes[c.code_point]) : WordClass::kSeparator;
    if (word_class != WordClass::kPartOfWord) close();
    if (word_class == WordClass::kSeparator) continue;
    append(c.code_point);
    if (word_class == WordClass::kWholeWord) close();
  }
  close();
  return at;
}

// --- The ASCII walkers -------------------------------------------------------------------------

/// Of 64 bytes: which are ASCII word characters, which are not ASCII.
struct ByteMasks {
  uint64_t word = 0;
  uint64_t not_ascii = 0;
};

ByteMasks MasksOfTail(const char* text, size_t size) {
  ByteMasks masks;
  for (size_t i = 0; i < size; ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x80) {
      masks.not_ascii |= uint64_t(1) << i;
    } else if (kAsciiWord[c]) {
      masks.word |= uint64_t(1) << i;
    }
  }
  return masks;
}

ByteMasks MasksScalar(const char* text) { return MasksOfTail(text, 64); }

#if HUBMILL_HAVE_AVX2
HUBMILL_TARGET_AVX2 inline uint32_t WordMaskAvx2(__m256i bytes) {
  const __m256i lower = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
  // Signed comparison: bytes from 0x80 are negative and fall out.
  const __m256i letter = _mm256_and_si256(_mm256_cmpgt_epi8(lower, _mm256_set1_epi8('a' - 1)),
                                          _mm256_cmpgt_epi8(_mm256_set1_epi8('z' + 1), lower));
  const __m256i digit = _mm256_and_si256(_mm256_cmpgt_epi8(bytes, _mm256_set1_epi8('0' - 1)),
                                         _mm256_cmpgt_epi8(_mm256_set1_epi8('9' + 1), bytes));
  const __m256i underscore = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('_'));
  return uint32_t(
      _mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(letter, digit), underscore)));
}

HUBMILL_TARGET_AVX2 ByteMasks MasksAvx2(const char* text) {
  const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
  const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + 32));
  return {WordMaskAvx2(low) | uint64_t(WordMaskAvx2(high)) << 32,
          uint32_t(_mm256_movemask_epi8(low)) | uint64_t(uint32_t(_mm256_movemask_epi8(high)))
                                                    << 32};
}
#endif

template <ByteMasks (*kMasks)(const char*)>
void Walk(std::string_view text, std::vector<uint32_t>* words) {
  const char* const end = text.data() + text.size();
  std::string folded;
  size_t at = 0;
  size_t start = 0;  // Of the open word.
  bool open = false;
  while (at < text.size()) {
    const size_t left = text.size() - at;
    const ByteMasks masks =
        left >= 64 ? kMasks(text.data() + at) : MasksOfTail(text.data() + at, left);
    if (masks.not_ascii != 0) {
      at = WalkCarefully(text, open ? start : at, at + 64, &folded, words);
      open = false;
      continue;
    }
    uint64_t borders = masks.word ^ ((masks.word << 1) | uint64_t(open));
    while (borders != 0) {
      const size_t border = at + size_t(std::countr_zero(borders));
      borders &= borders - 1;
      if (open) {
        words->push_back(HashWord(text.data() + start, border - start, end, kAsciiCaseBits));
      } else {
        start = border;
      }
      open = !open;
    }
    at += 64;
  }
  if (open)
    words->push_back(HashWord(text.data() + start, text.size() - start, end, kAsciiCaseBits));
}

// --- The ASCII walker of AVX-512 ---------------------------------------------------------------

#if HUBMILL_HAVE_AVX2
constexpr size_t kBordersFull = 1024;  // Even: a list that is full ends between words.

/// Starts and ends of words in turn, as offsets in the text.
struct Borders {
  size_t count = 0;
  uint32_t at[kBordersFull + 64 + 16];  // 64 more may come at once, and a register's overhang.
};

HUBMILL_TARGET_AVX512 inline uint64_t WordMaskAvx512(__m512i bytes) {
  const __m512i lower = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
  const __m512i from_a = _mm512_sub_epi8(lower, _mm512_set1_epi8('a'));
  const __m512i from_0 = _mm512_sub_epi8(bytes, _mm512_set1_epi8('0'));
  return _mm512_cmplt_epu8_mask(from_a, _mm512_set1_epi8(26)) |
         _mm512_cmplt_epu8_mask(from_0, _mm512_set1_epi8(10)) |
         _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('_'));
}

/// Adds the offset `at` + i for each bit i of `edges`.
HUBMILL_TARGET_AVX512 inline void AppendBorders(uint64_t edges, size_t at, Borders* borders) {
  const __m512i sixteen = _mm512_set1_epi32(16);
  __m512i offsets =
      _mm512_add_epi32(_mm512_set1_epi32(int(uint32_t(at))),
                       _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  for (int part = 0; part < 4; ++part) {
    const auto some = __mmask16(edges >> (16 * part));
    _mm512_storeu_si512(borders->at + borders->count, _mm512_maskz_compress_epi32(some, offsets));
    borders->count += size_t(_mm_popcnt_u32(some));
    offsets = _mm512_add_epi32(offsets, sixteen);
  }
}

/// HashWord() of eight words.  `words`: of each the start in the low half, the end in the high one.
/// Reads up to 7 bytes beyond a word.
HUBMILL_TARGET_AVX512 inline __m256i HashEightWords(const char* text, __m512i words) {
  const __m512i multiplier = _mm512_set1_epi64(int64_t(kMultiplier));
  const __m512i case_bits = _mm512_set1_epi64(int64_t(kAsciiCaseBits));
  const __m512i eight = _mm512_set1_epi64(8);
  __m512i at = _mm512_and_si512(words, _mm512_set1_epi64(0xFFFFFFFF));
  __m512i size = _mm512_sub_epi64(_mm512_srli_epi64(words, 32), at);
  __m512i hash = _mm512_mullo_epi64(size, _mm512_set1_epi64(int64_t(kLengthMultiplier)));
  __mmask8 longer = _mm512_cmpgt_epu64_mask(size, eight);
  while (longer != 0) {
    const __m512i part = _mm512_or_si512(
        _mm512_mask_i64gather_epi64(_mm512_setzero_si512(), longer, at, text, 1), case_bits);
    const __m512i mixed = _mm512_mullo_epi64(_mm512_xor_si512(hash, part), multiplier);
    hash = _mm512_mask_xor_epi64(hash, longer, mixed, _mm512_srli_epi64(mixed, 29));
    at = _mm512_mask_add_epi64(at, longer, at, eight);
    size = _mm512_mask_sub_epi64(size, longer, size, eight);
    longer = _mm512_cmpgt_epu64_mask(size, eight);
  }
  // A shift by 64 gives 0, so eight bytes are kept whole.
  const __m512i one = _mm512_set1_epi64(1);
  const __m512i keep = _mm512_sub_epi64(_mm512_sllv_epi64(one, _mm512_slli_epi64(size, 3)), one);
  const __m512i last =
      _mm512_and_si512(_mm512_or_si512(_mm512_i64gather_epi64(at, text, 1), case_bits), keep);
  hash = _mm512_mullo_epi64(_mm512_xor_si512(hash, last), multiplier);
  hash = _mm512_mullo_epi64(_mm512_xor_si512(hash, _mm512_srli_epi64(hash, 32)), multiplier);
  return _mm512_cvtepi64_epi32(_mm512_srli_epi64(hash, 32));
}

/// Appends the hashes of all words that are closed, and keeps the start of one that is not.
HUBMILL_TARGET_AVX512 void HashClosedWords(std::string_view text, Borders* borders,
                                           std::vector<uint32_t>* words) {
  uint32_t hashes[kBordersFull / 2 + 32];
  const size_t count = borders->count / 2;
  const uint32_t* const at = borders->at;
  size_t done = 0;
  while (done + 8 <= count && size_t(at[2 * done + 15]) + 8 <= text.size()) {
    const __m256i eight = HashEightWords(text.data(), _mm512_loadu_si512(at + 2 * done));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(hashes + done), eight);
    done += 8;
  }
  const char* const end = text.data() + text.size();
  for (; done < count; ++done) {
    const uint32_t start = at[2 * done];
    hashes[done] = HashWord(text.data() + start, at[2 * done + 1] - start, end, kAsciiCaseBits);
  }
  words->insert(words->end(), hashes, hashes + count);
  if (borders->count % 2 != 0) borders->at[0] = borders->at[borders->count - 1];
  borders->count %= 2;
}

/// REQUIRES: text.size() < 2^32 - 64.
HUBMILL_TARGET_AVX512 void WalkAvx512(std::string_view text, std::vector<uint32_t>* words) {
  std::string folded;
  Borders borders;
  size_t at = 0;
  while (at < text.size()) {
    const size_t left = text.size() - at;
    const __mmask64 there = left >= 64 ? ~uint64_t{0} : (uint64_t{1} << left) - 1;
    const __m512i bytes = _mm512_maskz_loadu_epi8(there, text.data() + at);
    const bool open = borders.count % 2 != 0;
    if (_mm512_movepi8_mask(bytes) != 0) {
      HashClosedWords(text, &borders, words);
      at = WalkCarefully(text, open ? borders.at[0] : at, at + 64, &folded, words);
      borders.count = 0;
      continue;
    }
    const uint64_t word = WordMaskAvx512(bytes);
    AppendBorders(word ^ (word << 1 | uint64_t(open)), at, &borders);
    if (borders.count >= kBordersFull) HashClosedWords(text, &borders, words);
    at += 64;
  }
  // The zeros beyond the end close a word, unless the end is that of 64 bytes.
  if (borders.count % 2 != 0) borders.at[borders.count++] = uint32_t(text.size());
  HashClosedWords(text, &borders, words);
}
#endif

}  // namespace

WordClass ClassOfCharacter(char32_t code_point) {
  return code_point < kCodePoints ? WordClass(Tables().classes[code_point]) : WordClass::kSeparator;
}

char32_t FoldCase(char32_t code_point) {
  return code_point < kFoldedMax ? char32_t(int32_t(code_point) + Tables().deltas[code_point])
                                 : code_point;
}

void HashWordsAt(SimdLevel level, std::string_view text, std::vector<uint32_t>* words) {
#if HUBMILL_HAVE_AVX2
  constexpr size_t kOffsets = UINT32_MAX - 64;
  if (level == SimdLevel::kAvx512 && text.size() < kOffsets) return WalkAvx512(text, words);
  if (level >= SimdLevel::kAvx2) return Walk<&MasksAvx2>(text, words);
#endif
  (void)level;
  Walk<&MasksScalar>(text, words);
}

void HashWords(std::string_view text, std::vector<uint32_t>* words) {
  HashWordsAt(BestSimdLevel(), text, words);
}

}  // namespace hubmill

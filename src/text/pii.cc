#include "text/pii.h"

#include <algorithm>
#include <array>
#include <bit>

#include "text/pii_match.h"

#if HUBMILL_HAVE_AVX2
#include <immintrin.h>
#endif

namespace hubmill {
namespace {

using pii::Range;

constexpr size_t kDigitRunMax = 20;  // Longer runs are neither card nor phone.

// --- The gate: bytes around which something may be ---------------------------------------------

constexpr bool IsGateByte(unsigned char c) {
  return (c >= '0' && c <= ':') || c == '@' || c == 'I' || c == 'J' || c == '_' || c == '-';
}

constexpr std::array<bool, 256> kGateBytes = [] {
  std::array<bool, 256> table{};
  for (int c = 0; c < 256; ++c) table[c] = IsGateByte(static_cast<unsigned char>(c));
  return table;
}();

/// The first gate byte at or after i, or `size`.
using FindGate = size_t (*)(const char* text, size_t i, size_t size);

size_t FindGateScalar(const char* text, size_t i, size_t size) {
  while (i < size && !kGateBytes[static_cast<unsigned char>(text[i])]) ++i;
  return i;
}

#if HUBMILL_HAVE_AVX2
// Classes of nibbles, 1: 0-9 and ':'   2: '@' 'I' 'J'   4: '_'   8: '-'.  A shuffle gives 0 for
// bytes above 0x7F, which are no gate bytes.
constexpr char kLowNibble[16] = {1 | 2, 1, 1, 1, 1, 1, 1, 1, 1, 1 | 2, 1 | 2, 0, 0, 8, 0, 4};
constexpr char kHighNibble[16] = {0, 0, 8, 1, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

HUBMILL_TARGET_AVX2 size_t FindGateAvx2(const char* text, size_t i, size_t size) {
  const __m256i low =
      _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(kLowNibble)));
  const __m256i high =
      _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(kHighNibble)));
  const __m256i nibble = _mm256_set1_epi8(0x0F);
  const __m256i zero = _mm256_setzero_si256();
  for (; size - i >= 32; i += 32) {
    const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + i));
    const __m256i of_low = _mm256_shuffle_epi8(low, v);
    const __m256i of_high =
        _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble));
    const __m256i none = _mm256_cmpeq_epi8(_mm256_and_si256(of_low, of_high), zero);
    const auto mask = ~static_cast<uint32_t>(_mm256_movemask_epi8(none));
    if (mask != 0) return i + static_cast<size_t>(std::countr_zero(mask));
  }
  return FindGateScalar(text, i, size);
}
#endif

// --- Hits ---------------------------------------------------------------------------------------

/// Collects hits in the order found and joins those that overlap.
class Hits {
 public:
  explicit Hits(std::vector<PiiHit>* hits) : hits_(hits) { hits_->clear(); }

  void Add(PiiKind kind, Range range) {
    while (!hits_->empty() && range.begin < End(hits_->back())) {
      const PiiHit& last = hits_->back();
      kind = std::min(kind, last.kind);
      range = {std::min(range.begin, last.offset_bytes), std::max(range.end, End(last))};
      hits_->pop_back();
    }
    hits_->push_back({kind, range.begin, range.end - range.begin});
  }

 private:
  static size_t End(const PiiHit& hit) { return hit.offset_bytes + hit.size_bytes; }
  std::vector<PiiHit>* hits_;
};

/// A run of digits this lonely is neither IP, card nor phone: the common case, years and counts.
bool IsLonely(std::string_view text, size_t begin, size_t end) {
  if (end - begin >= 13) return false;  // A card without separators.
  const char before = pii::Before(text, begin);
  if (before == '+' || before == '(') return false;
  const char after = pii::At(text, end);
  return !((after == '.' || after == '-' || after == ' ') && pii::IsDigit(pii::At(text, end + 1)));
}

class Scanner {
 public:
  Scanner(std::string_view text, PiiKinds wanted, std::vector<PiiHit>* hits)
      : text_(text), wanted_(wanted), hits_(hits) {}

  void Scan(FindGate find) {
    size_t i = 0;
    while ((i = find(text_.data(), i, text_.size())) < text_.size()) i = Look(i);
  }

 private:
  bool Wants(PiiKind kind) const { return (wanted_ & PiiKindsOf(kind)) != 0; }

  /// Adds what `match` finds at i; true if it found something.
  bool Try(PiiKind kind, Range (*match)(std::string_view, size_t), size_t i, size_t* next) {
    if (!Wants(kind)) return false;
    const Range range = match(text_, i);
    if (range.empty()) return false;
    hits_.Add(kind, range);
    *next = std::max(*next, range.end);
    return true;
  }

  /// Looks around the gate byte at i; returns where to go on.
  size_t Look(size_t i) {
    size_t next = i + 1;
    const char c = text_[i];
    if (pii::IsDigit(c)) return LookAtDigits(i);
    if (c == '@') {
      if (!Try(PiiKind::kSecret, &pii::MatchUrlPassword, i, &next)) {
        Try(PiiKind::kEmail, &pii::MatchEmail, i, &next);
      }
    } else if (c == ':') {
      Try(PiiKind::kIp, &pii::MatchIpv6, i, &next);
    } else if (c == '-' && pii::At(text_, i + 1) == '-') {
      Try(PiiKind::kSecret, &pii::MatchPrivateKey, i, &next);
    } else {
      Try(PiiKind::kSecret, &pii::MatchToken, i, &next);
    }
    return next;
  }

  size_t LookAtDigits(size_t i) {
    size_t end = i + 1;
    while (end < text_.size() && pii::IsDigit(text_[end])) ++end;
    size_t next = end;
    if (end - i >= kDigitRunMax || IsLonely(text_, i, end)) return next;
    if (Try(PiiKind::kCard, &pii::MatchCard, i, &next)) return next;
    if (Try(PiiKind::kIp, &pii::MatchIpv4, i, &next)) return next;
    Try(PiiKind::kPhone, &pii::MatchPhone, i, &next);
    return next;
  }

  std::string_view text_;
  PiiKinds wanted_;
  Hits hits_;
};

/// Joins the hits with the numbers in `text`.
void AddNumbers(std::string_view text, std::vector<PiiHit>* hits) {
  std::vector<PiiHit> all = *hits;
  for (size_t i = 0; i < text.size();) {
    const Range range = pii::NextNumber(text, i);
    if (range.empty()) break;
    all.push_back({PiiKind::kNumber, range.begin, range.end - range.begin});
    i = range.end;
  }
  if (all.size() == hits->size()) return;
  std::sort(all.begin(), all.end(),
            [](const PiiHit& a, const PiiHit& b) { return a.offset_bytes < b.offset_bytes; });
  Hits joined(hits);
  for (const PiiHit& hit : all) {
    joined.Add(hit.kind, {hit.offset_bytes, hit.offset_bytes + hit.size_bytes});
  }
}

void AppendMasked(std::string_view text, const std::vector<PiiHit>& hits, std::string* out) {
  size_t copied = 0;
  for (const PiiHit& hit : hits) {
    out->append(text, copied, hit.offset_bytes - copied);
    out->append(PiiMask(hit.kind));
    copied = hit.offset_bytes + hit.size_bytes;
  }
  out->append(text, copied);
}

}  // namespace

std::string_view PiiKindName(PiiKind kind) {
  static constexpr std::string_view kNames[] = {"secret", "email", "card", "ip", "phone", "number"};
  return kNames[static_cast<int>(kind)];
}

std::string_view PiiMask(PiiKind kind) {
  static constexpr std::string_view kMasks[] = {"[SECRET]", "[EMAIL]", "[CARD]",
                                                "[IP]",     "[PHONE]", "[NUMBER]"};
  return kMasks[static_cast<int>(kind)];
}

void ScanPiiAt(SimdLevel level, std::string_view text, PiiKinds wanted, std::vector<PiiHit>* hits) {
  FindGate find = &FindGateScalar;
#if HUBMILL_HAVE_AVX2
  if (level >= SimdLevel::kAvx2) find = &FindGateAvx2;
#endif
  Scanner(text, wanted, hits).Scan(find);
  if ((wanted & PiiKindsOf(PiiKind::kNumber)) != 0) AddNumbers(text, hits);
}

void ScanPii(std::string_view text, PiiKinds wanted, std::vector<PiiHit>* hits) {
  ScanPiiAt(BestSimdLevel(), text, wanted, hits);
}

void MaskPii(std::string_view text, PiiKinds wanted, std::string* out, std::vector<PiiHit>* hits,
             const PiiAllowed& allowed) {
  const auto scan = [&](std::string_view from, std::vector<PiiHit>* found) {
    ScanPii(from, wanted, found);
    if (!allowed) return;
    std::erase_if(*found, [&](const PiiHit& hit) {
      return allowed(hit, from.substr(hit.offset_bytes, hit.size_bytes));
    });
  };
  scan(text, hits);
  *out = text;
  std::vector<PiiHit> left = *hits;
  std::string masked;
  for (int round = 0; !left.empty(); ++round) {
    if (round == kMaskRoundsMax) {
      *out = PiiMask(hits->front().kind);
      return;
    }
    masked.clear();
    AppendMasked(*out, left, &masked);
    out->swap(masked);
    scan(*out, &left);
  }
}

}  // namespace hubmill

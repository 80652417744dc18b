#include "io/json_scan.h"

#include <bit>
#include <bitset>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace hubmill {
namespace {

/// How many of the 16 bytes at `p` are ordinary string bytes; copies all 16 where `to` is not null.
template <bool kCopy>
inline unsigned OrdinaryBytes(const char* p, uint8_t* to) {
#ifdef __SSE2__
  __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  if constexpr (kCopy) _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
  __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  __m128i slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
  unsigned mask = unsigned(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), control)));
  return mask == 0 ? 16 : unsigned(std::countr_zero(mask));
#else
  if constexpr (kCopy) std::memcpy(to, p, 16);
  for (unsigned i = 0; i < 16; ++i) {
    if (p[i] == '"' || p[i] == '\\' || uint8_t(p[i]) < 0x20) return i;
  }
  return 16;
#endif
}

/// Four hex digits, or -1.  Reads no further than the first wrong one.
int Hex4(const char* p) {
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    char c = p[i];
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

inline uint8_t SimpleEscape(char c) {
  switch (c) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case '/':
      return '/';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return 0;
  }
}

/// The code point at `*p` (the `u` of an escape), passed; -1 for bad digits or a lone surrogate.
int32_t UnicodeEscape(const char** p) {
  int32_t code = Hex4(*p + 1);
  if (code < 0) return -1;
  *p += 5;
  if (code >= 0xDC00 && code <= 0xDFFF) return -1;
  if (code < 0xD800 || code > 0xDBFF) return code;
  if ((*p)[0] != '\\' || (*p)[1] != 'u') return -1;
  int32_t low = Hex4(*p + 2);
  if (low < 0xDC00 || low > 0xDFFF) return -1;
  *p += 6;
  return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
}

uint8_t* AppendUtf8(int32_t code, uint8_t* to) {
  if (code < 0x80) {
    *to++ = uint8_t(code);
  } else if (code < 0x800) {
    *to++ = uint8_t(0xC0 | code >> 6);
    *to++ = uint8_t(0x80 | (code & 63));
  } else if (code < 0x10000) {
    *to++ = uint8_t(0xE0 | code >> 12);
    *to++ = uint8_t(0x80 | (code >> 6 & 63));
    *to++ = uint8_t(0x80 | (code & 63));
  } else {
    *to++ = uint8_t(0xF0 | code >> 18);
    *to++ = uint8_t(0x80 | (code >> 12 & 63));
    *to++ = uint8_t(0x80 | (code >> 6 & 63));
    *to++ = uint8_t(0x80 | (code & 63));
  }
  return to;
}

const char* SkipDigits(const char* p) {
  while (*p >= '0' && *p <= '9') ++p;
  return p;
}

bool SkipWord(const char** p, const char* word, size_t size) {
  if (std::strncmp(*p, word, size) != 0) return false;
  *p += size;
  return true;
}

/// `count` decimal digits at `*at`.
bool Digits(std::string_view text, size_t* at, size_t count, int* out) {
  if (text.size() - *at < count) return false;
  *out = 0;
  for (size_t i = 0; i < count; ++i) {
    char c = text[(*at)++];
    if (c < '0' || c > '9') return false;
    *out = *out * 10 + (c - '0');
  }
  return true;
}

bool Take(std::string_view text, size_t* at, char c) {
  if (*at >= text.size() || text[*at] != c) return false;
  ++*at;
  return true;
}

bool TakeDate(std::string_view text, size_t* at, int32_t* days) {
  int year, month, day;
  if (!Digits(text, at, 4, &year) || !Take(text, at, '-') || !Digits(text, at, 2, &month) ||
      !Take(text, at, '-') || !Digits(text, at, 2, &day)) {
    return false;
  }
  std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(unsigned(month)),
                                   std::chrono::day(unsigned(day))};
  if (!date.ok()) return false;
  *days = int32_t(std::chrono::sys_days(date).time_since_epoch().count());
  return true;
}

/// "Z", "+02:00", "+0200", "+02" or nothing.
bool TakeZone(std::string_view text, size_t* at, int64_t* minutes) {
  *minutes = 0;
  if (*at == text.size() || Take(text, at, 'Z')) return true;
  bool minus = text[*at] == '-';
  if (!minus && text[*at] != '+') return false;
  ++*at;
  int hour, minute = 0;
  if (!Digits(text, at, 2, &hour) || hour > 23) return false;
  bool colon = Take(text, at, ':');
  if ((colon || *at < text.size()) && (!Digits(text, at, 2, &minute) || minute > 59)) return false;
  *minutes = (hour * 60 + minute) * (minus ? -1 : 1);
  return true;
}

}  // namespace

CopyState CopyJsonString(const char** from, uint8_t** to, const uint8_t* to_limit) {
  const char* p = *from;
  uint8_t* out = *to;
  CopyState state = CopyState::kFull;
  while (out < to_limit) {
    unsigned count = OrdinaryBytes<true>(p, out);
    p += count;
    out += count;
    if (count == 16) continue;
    if (*p == '"') {
      ++p;
      state = CopyState::kCopied;
      break;
    }
    if (*p != '\\') {
      state = CopyState::kInvalid;
      break;
    }
    if (p[1] == 'u') {
      const char* escape = p + 1;
      int32_t code = UnicodeEscape(&escape);
      if (code < 0) {
        state = CopyState::kInvalid;
        break;
      }
      p = escape;
      out = AppendUtf8(code, out);
    } else if (uint8_t c = SimpleEscape(p[1]); c != 0) {
      *out++ = c;
      p += 2;
    } else {
      state = CopyState::kInvalid;
      break;
    }
  }
  *from = p;
  *to = out;
  return state;
}

const char* SkipJsonString(const char* p) {
  for (;;) {
    unsigned count = OrdinaryBytes<false>(p, nullptr);
    p += count;
    if (count == 16) continue;
    if (*p == '"') return p + 1;
    if (*p != '\\') return nullptr;
    ++p;
    if (*p == 'u') {
      if (UnicodeEscape(&p) < 0) return nullptr;
    } else if (SimpleEscape(*p) != 0) {
      ++p;
    } else {
      return nullptr;
    }
  }
}

const char* SkipJsonNumber(const char* p, bool* is_integer) {
  if (*p == '-') ++p;
  if (*p < '0' || *p > '9') return nullptr;
  p = *p == '0' ? p + 1 : SkipDigits(p);
  *is_integer = true;
  if (*p == '.') {
    *is_integer = false;
    if (p[1] < '0' || p[1] > '9') return nullptr;
    p = SkipDigits(p + 1);
  }
  if (*p == 'e' || *p == 'E') {
    *is_integer = false;
    ++p;
    if (*p == '+' || *p == '-') ++p;
    if (*p < '0' || *p > '9') return nullptr;
    p = SkipDigits(p);
  }
  if ((*p >= '0' && *p <= '9') || *p == '.') return nullptr;  // 01, 1.2.3
  return p;
}

JsonError SkipJsonValue(const char** at) {
  std::bitset<kJsonDepthMax + 1> is_object;  // By depth.
  int depth = 0;
  const char* p = *at;
  bool key_next = false;
  for (;;) {
    p = SkipJsonSpace(p);
    if (key_next) {
      if (*p != '"' || (p = SkipJsonString(p + 1)) == nullptr) return JsonError::kInvalidJson;
      p = SkipJsonSpace(p);
      if (*p != ':') return JsonError::kInvalidJson;
      p = SkipJsonSpace(p + 1);
      key_next = false;
    }
    bool ok = true, is_integer;
    switch (*p) {
      case '{':
      case '[': {
        bool object = *p == '{';
        if (++depth > kJsonDepthMax) return JsonError::kNestingTooDeep;
        is_object[size_t(depth)] = object;
        p = SkipJsonSpace(p + 1);
        if (*p == (object ? '}' : ']')) break;  // Empty: closed below.
        key_next = object;
        continue;
      }
      case '"':
        ok = (p = SkipJsonString(p + 1)) != nullptr;
        break;
      case 't':
        ok = SkipWord(&p, "true", 4);
        break;
      case 'f':
        ok = SkipWord(&p, "false", 5);
        break;
      case 'n':
        ok = SkipWord(&p, "null", 4);
        break;
      default:
        ok = (p = SkipJsonNumber(p, &is_integer)) != nullptr;
    }
    if (!ok) return JsonError::kInvalidJson;
    for (;;) {  // Behind a value, or at the end of an empty one.
      if (depth == 0) {
        *at = p;
        return JsonError::kNone;
      }
      p = SkipJsonSpace(p);
      if (*p == ',') {
        ++p;
        key_next = is_object[size_t(depth)];
        break;
      }
      if (*p != (is_object[size_t(depth)] ? '}' : ']')) return JsonError::kInvalidJson;
      ++p;
      --depth;
    }
  }
}

const char* ReadJsonString(const char* p, std::string* out) {
  constexpr size_t kRoom = 32;
  out->resize(kRoom * 2);
  size_t done = 0;
  for (;;) {
    auto* base = reinterpret_cast<uint8_t*>(out->data());
    uint8_t* to = base + done;
    CopyState state = CopyJsonString(&p, &to, base + out->size() - kRoom);
    done = size_t(to - base);
    if (state == CopyState::kInvalid) return nullptr;
    if (state == CopyState::kCopied) break;
    out->resize(out->size() * 2);
  }
  out->resize(done);
  return p;
}

bool ParseDate(std::string_view text, int32_t* days) {
  size_t at = 0;
  return TakeDate(text, &at, days) && at == text.size();
}

bool ParseTimestamp(std::string_view text, int64_t* micros) {
  size_t at = 0;
  int32_t days;
  int hour = 0, minute = 0, second = 0;
  int64_t fraction = 0, zone = 0;
  if (!TakeDate(text, &at, &days)) return false;
  if (at < text.size()) {
    if (!Take(text, &at, 'T') && !Take(text, &at, ' ')) return false;
    if (!Digits(text, &at, 2, &hour) || !Take(text, &at, ':') || !Digits(text, &at, 2, &minute)) {
      return false;
    }
    if (Take(text, &at, ':') && !Digits(text, &at, 2, &second)) return false;
    if (Take(text, &at, '.')) {
      int64_t unit = 100'000;
      size_t start = at;
      for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) {
        fraction += (text[at] - '0') * unit;  // Digits beyond microseconds count nothing.
      }
      if (at == start) return false;
    }
    if (!TakeZone(text, &at, &zone)) return false;
  }
  if (at != text.size() || hour > 23 || minute > 59 || second > 59) return false;
  int64_t seconds = int64_t(days) * 86'400 + hour * 3'600 + (minute - zone) * 60 + second;
  *micros = seconds * 1'000'000 + fraction;
  return true;
}

bool ParseDouble(std::string_view text, double* out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  if (error == std::errc::result_out_of_range) {  // Too large, or too near to zero.
    *out = std::strtod(std::string(text).c_str(), nullptr);
    return std::isfinite(*out);
  }
  return error == std::errc();
}

bool HoldsExactly(double value, std::string_view text) {
  constexpr size_t kDigitsAlwaysHeld = 15;
  if (text.size() <= kDigitsAlwaysHeld) return true;
  char digits[320];  // The largest double has 309, and a sign.
  const auto written =
      std::to_chars(digits, digits + sizeof(digits), value, std::chars_format::fixed, 0);
  return text == std::string_view(digits, size_t(written.ptr - digits));
}

}  // namespace hubmill

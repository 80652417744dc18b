#include "text/contact_guard.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/utf8.h"

namespace hubmill {
namespace {

using Units = std::u32string;  // Beyond the BMP one for two: neither half is in any class.

constexpr std::array<std::u32string_view, 10> kSuffixes = {
    U"st", U"street", U"ave", U"avenue", U"rd", U"road", U"blvd", U"boulevard", U"dr", U"drive"};
constexpr std::array<std::u32string_view, 7> kMoreSuffixes = {U"ln",  U"lane", U"ct",   U"court",
                                                              U"way", U"pl",   U"place"};

bool IsDigit(char32_t c) { return c >= '0' && c <= '9'; }
bool IsWord(char32_t c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool IsLineEnd(char32_t c) { return c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029; }
bool IsSpace(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == ' ' || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000 || c == 0xFEFF;
}

template <typename Class>
size_t Skip(const Units& text, size_t at, Class in_class) {
  while (at < text.size() && in_class(text[at])) ++at;
  return at;
}

/// Passes one of the classes of `[-.\s]?`, if it is there.
size_t SkipSeparator(const Units& text, size_t at) {
  const bool there = at < text.size() && (text[at] == '-' || text[at] == '.' || IsSpace(text[at]));
  return there ? at + 1 : at;
}

bool SkipDigits(const Units& text, size_t* at, size_t count) {
  if (text.size() - *at < count) return false;
  for (size_t i = 0; i < count; ++i) {
    if (!IsDigit(text[*at + i])) return false;
  }
  *at += count;
  return true;
}

bool IsPhoneAt(const Units& text, size_t at) {
  if (!SkipDigits(text, &at, 3)) return false;
  at = SkipSeparator(text, at);
  if (!SkipDigits(text, &at, 3)) return false;
  at = SkipSeparator(text, at);
  return SkipDigits(text, &at, 4);
}

bool EqualsNoCase(std::u32string_view text, std::u32string_view lower) {
  return std::equal(
      text.begin(), text.end(), lower.begin(), lower.end(),
      [](char32_t a, char32_t b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

template <typename Words>
bool IsOneOf(std::u32string_view word, const Words& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::u32string_view known) { return EqualsNoCase(word, known); });
}

std::u32string_view WordAt(const Units& text, size_t at) {
  return std::u32string_view(text).substr(at, Skip(text, at, IsWord) - at);
}

bool StartsWord(const Units& text, size_t at) { return at == 0 || !IsWord(text[at - 1]); }

/// `at` is the start of a word.
bool IsStreetAt(const Units& text, size_t at) {
  const size_t number = Skip(text, at, IsDigit);
  const size_t name = Skip(text, number, IsSpace);
  const size_t behind = Skip(text, name, IsWord);
  const size_t suffix = Skip(text, behind, IsSpace);
  if (number == at || name == number || behind == name || suffix == behind) return false;
  const std::u32string_view word = WordAt(text, suffix);
  return IsOneOf(word, kSuffixes) || IsOneOf(word, kMoreSuffixes);
}

/// `at` is the start of a word.
bool IsBoxAt(const Units& text, size_t at) {
  const auto letter = [&](char32_t lower) {
    const bool there = at < text.size() && (text[at] == lower || text[at] == lower - 32);
    at += there ? 1 : 0;
    return there;
  };
  const auto dot = [&] { at += at < text.size() && text[at] == '.' ? 1 : 0; };
  if (!letter('p')) return false;
  dot();
  if (!letter('o')) return false;
  dot();
  at = Skip(text, at, IsSpace);
  if (!letter('b') || !letter('o') || !letter('x')) return false;
  const size_t digits = Skip(text, at, IsSpace);
  return digits > at && digits < text.size() && IsDigit(text[digits]);
}

/// Five digits at a word's end, and later in the line a suffix.  The `(-\d{4})?` changes nothing:
/// before a `-` there is a word's end, too.
bool HasZipThenStreet(const Units& text) {
  size_t digits = 0;
  bool zip = false;
  for (size_t at = 0; at < text.size(); ++at) {
    if (IsLineEnd(text[at])) zip = false;
    if (zip && IsWord(text[at]) && StartsWord(text, at) && IsOneOf(WordAt(text, at), kSuffixes)) {
      return true;
    }
    digits = IsDigit(text[at]) ? digits + 1 : 0;
    const bool word_end = at + 1 == text.size() || !IsWord(text[at + 1]);
    if (digits >= 5 && word_end) zip = true;
  }
  return false;
}

Units Decode(std::string_view text) {
  Units units;
  for (size_t at = 0; at < text.size();) {
    const Utf8Char decoded = DecodeUtf8(text, at);
    units.push_back(decoded.valid ? decoded.code_point : 0xFFFD);
    at += decoded.size_bytes;
  }
  return units;
}

}  // namespace

ContactKind FindContact(std::string_view text) {
  if (text.find('@') != text.npos) return ContactKind::kEmail;
  if (std::none_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return ContactKind::kNone;  // Every other pattern has a digit.
  }
  // A phone has ten digits, a zip five and another word behind it; a street or a box has a blank
  // within.  So ids and slugs are through at once.
  const auto digits =
      std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c == '_' || c == '-' || (static_cast<unsigned char>(c) < 0x80 && IsWord(char32_t(c)));
  });
  const bool one_word = text.find('-') == text.npos;
  if (plain && digits < (one_word ? 10 : 5)) return ContactKind::kNone;
  const Units units = Decode(text);
  for (size_t at = 0; at < units.size(); ++at) {
    if (IsPhoneAt(units, at)) return ContactKind::kPhone;
  }
  for (size_t at = 0; at < units.size(); ++at) {
    if (!StartsWord(units, at)) continue;
    if (IsStreetAt(units, at) || IsBoxAt(units, at)) return ContactKind::kAddress;
  }
  return HasZipThenStreet(units) ? ContactKind::kAddress : ContactKind::kNone;
}

size_t Utf16Length(std::string_view text) {
  size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    units += (byte & 0xC0) != 0x80 ? 1 : 0;  // Not for the bytes that go on.
    units += byte >= 0xF0 ? 1 : 0;           // A surrogate pair.
  }
  return units;
}

}  // namespace hubmill

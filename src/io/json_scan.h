// The scanning steps that JSON decoding and schema inference share.
//
// Text stands in blocks that end in zeros (kBlockPadding), and neither a zero nor a newline is
// legal within a row, so no step checks for the end: it stops there as at any other wrong byte.
// Strings are scanned 16 bytes at a time (SSE2, part of every x86-64) and copied in the same step.
// UTF-8 is checked for a whole block beforehand, by simdjson.
//
// Why not simdjson On Demand for all of it: its index pass over 3 kB lines costs as much as this
// whole decode (each byte is touched twice), skipped values are not validated, and its batch mode
// loses count of rows after a broken one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hubmill {

inline constexpr int kJsonDepthMax = 1000;  // Of values that are kept as text or skipped.

enum class JsonError : uint8_t {
  kNone,
  kInvalidJson,
  kDuplicateKey,
  kTypeMismatch,
  kUnknownField,
  kNumberOutOfRange,
  kNumberInexact,
  kNestingTooDeep,
  kNotAnObject,
};

inline const char* SkipJsonSpace(const char* p) {
  while (*p == ' ' || *p == '\t' || *p == '\r') ++p;
  return p;
}

/// Copies string bytes from `*from` (behind the quote) to `*to` while `*to` < `to_limit`; writes up
/// to 16 bytes past it.  kCopied: the closing quote was passed.  kFull: more room is needed.
enum class CopyState : uint8_t { kCopied, kFull, kInvalid };
CopyState CopyJsonString(const char** from, uint8_t** to, const uint8_t* to_limit);

/// Validates a string and passes its closing quote; null where it is invalid.
const char* SkipJsonString(const char* p);

/// Validates a number and passes it; null where it is invalid.  `is_integer`: neither fraction nor
/// exponent.
const char* SkipJsonNumber(const char* p, bool* is_integer);

/// Validates any value and passes it.  Uses no stack space in proportion to the depth.
JsonError SkipJsonValue(const char** p);

/// Unescapes a string into `out`, passes its closing quote; null where it is invalid.
const char* ReadJsonString(const char* p, std::string* out);

/// "2024-05-01", "2024-05-01T10:00:00[.fraction][Z|+02:00]" (a space may replace the T), as days or
/// microseconds UTC; false where it is neither.
bool ParseDate(std::string_view text, int32_t* days);
bool ParseTimestamp(std::string_view text, int64_t* micros);

/// A decimal number as double; false beyond its range.  REQUIRES: the JSON (or CSV) grammar of a
/// number was checked.
bool ParseDouble(std::string_view text, double* out);

/// Whether `value`, which ParseDouble() made of the whole number `text`, has all its digits: true
/// up to 2^53 and for some beyond.
bool HoldsExactly(double value, std::string_view text);

}  // namespace hubmill

// Personal data and secrets in free text: where they are, and masking them.
//
// Problem.  A data set's text must be looked at for e-mail addresses, phone numbers, IP addresses,
// payment cards and credentials.  A dozen regular expressions read every byte a dozen times.
// Idea.  Every kind contains at least one byte that ordinary prose rarely has: '@', a digit, '_',
// '-', 'I', 'J' or "::".  A vector loop looks for those 32 bytes at a time; hand-written checks
// look around each one.  A run of digits that is too short and too lonely is passed over at once.
//
// What counts (recall before precision for secrets, precision before recall for phone numbers):
//   e-mail  local@label.label, local part of 1 to 64 bytes of [A-Za-z0-9._%+'-], a last label of 2
//   or
//           more letters.  ASCII only; "a@b.c" and "user@localhost" are none.
//   phone   7 to 15 digits:  +CC with groups;  3-3-4 with one kind of separator or (415) 555-1234,
//           also after "1-", area and exchange starting 2-9;  groups of national numbers that start
//           with 0 (9 to 13 digits, one kind of separator);  555-1234 alone only where the exchange
//           is 555 or "tel", "phone", "call", "fax", "mobile" or "cell" stands just before. Not:
//           plain integers, dates, decimals, parts of longer dashed numbers.
//   ip      IPv4 with four octets <= 255, so the version "1.2.3.4" counts and "1.2.3.4.5" does not;
//           IPv6 with eight groups, or with "::" and a decimal digit somewhere.
//   card    13 to 19 digits with a correct Luhn sum, first digit 2 to 6, plain or in groups of 2 to
//   7
//           with one kind of separator (blank or '-').
//   secret  hf_, ghp_ gho_ ghu_ ghs_ ghr_, github_pat_, sk_live_ and kin, sk-, xox?-, glpat-, AKIA,
//           ASIA, AIza, JSON web tokens, private key blocks (whole, or 16 KiB where the end is
//           missing), and user:password in scheme://user:password@host.
//   number  (only where asked for) 7 or more digits on end, or 9 or more in groups with one blank
//   or
//           '-' between; ASCII, Arabic, Devanagari or Bengali digits.  For texts of people, where a
//           telephone or case number stands without any mark: recall before precision.
// Where hits overlap they become one, of the more specific kind: secret, e-mail, card, ip, phone,
// number.
//
// Time is linear: every look-around has a named bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/simd_level.h"

namespace hubmill {

/// From the most specific to the least.
enum class PiiKind : uint8_t {
  kSecret = 0,
  kEmail = 1,
  kCard = 2,
  kIp = 3,
  kPhone = 4,
  kNumber = 5
};
inline constexpr int kPiiKindCount = 6;

/// A set of kinds: bit i stands for kind i.
using PiiKinds = uint8_t;
inline constexpr PiiKinds kAllPiiKinds = (1 << kPiiKindCount) - 1;
inline constexpr PiiKinds kDefaultPiiKinds = kAllPiiKinds & ~(1 << 5);  // All but kNumber.
constexpr PiiKinds PiiKindsOf(PiiKind kind) {
  return static_cast<PiiKinds>(1 << static_cast<int>(kind));
}

/// "secret", "email", "card", "ip", "phone", "number".
std::string_view PiiKindName(PiiKind kind);
/// "[SECRET]", "[EMAIL]", "[CARD]", "[IP]", "[PHONE]", "[NUMBER]".
std::string_view PiiMask(PiiKind kind);

struct PiiHit {
  PiiKind kind;
  size_t offset_bytes;
  size_t size_bytes;
  bool operator==(const PiiHit&) const = default;
};

/// Replaces *hits by the hits of the `wanted` kinds: ascending, not overlapping, not empty.
void ScanPii(std::string_view text, PiiKinds wanted, std::vector<PiiHit>* hits);

/// The same with a given level, for tests.
void ScanPiiAt(SimdLevel level, std::string_view text, PiiKinds wanted, std::vector<PiiHit>* hits);

/// Whether a hit, which reads `datum`, may stay.
using PiiAllowed = std::function<bool(const PiiHit& hit, std::string_view datum)>;

/// Replaces *out by `text` with a mask in place of each hit that may not stay, and sets *hits to
/// the hits in `text`.  A scan of *out for the same kinds finds only what may stay.  At most
/// kMaskRoundsMax scans of the text.  REQUIRES: `text` does not point into *out.
void MaskPii(std::string_view text, PiiKinds wanted, std::string* out, std::vector<PiiHit>* hits,
             const PiiAllowed& allowed = {});

/// A mask may uncover what the datum before it hid, so a masked text is scanned again.  Where each
/// round uncovers one more (numbers written without a gap, thousands of them), rounds would be as
/// many as data and the time quadratic: after so many the text becomes one mask.
inline constexpr int kMaskRoundsMax = 32;

}  // namespace hubmill

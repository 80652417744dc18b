// The hashes of hubmill: XXH3 where two things are compared (dedup keys, hash splits), SHA-256
// where others check our word (manifests).  XXH3 gives the same values on every machine.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st;
struct XXH3_state_s;

namespace hubmill {

/// Among 10^9 different keys two are equal with a probability below 10^-20.
struct Hash128 {
  uint64_t high = 0;
  uint64_t low = 0;
  auto operator<=>(const Hash128&) const = default;
};

uint64_t Xxh3Hash64(std::string_view bytes, uint64_t seed = 0);
Hash128 Xxh3Hash128(std::string_view bytes, uint64_t seed = 0);

/// 32 lower-case digits, the canonical (big-endian) form that `xxhsum -H2` prints.
std::string HexOf(const Hash128& hash);
/// 16 lower-case digits, big-endian.
std::string HexOf(uint64_t hash);

/// XXH3 of bytes that come in pieces; equal to the one-shot hash of their concatenation.
class Xxh3Stream {
 public:
  explicit Xxh3Stream(uint64_t seed = 0);
  ~Xxh3Stream();
  Xxh3Stream(Xxh3Stream&&) noexcept = default;
  Xxh3Stream& operator=(Xxh3Stream&&) noexcept = default;

  void Update(std::string_view bytes);
  /// Of all bytes so far; more may follow.
  Hash128 Digest128() const;

 private:
  struct Free {
    void operator()(XXH3_state_s* state) const;
  };
  std::unique_ptr<XXH3_state_s, Free> state_;
};

/// SHA-256 of bytes that come in pieces.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept = default;
  Sha256Stream& operator=(Sha256Stream&&) noexcept = default;

  void Update(std::string_view bytes);
  /// 64 lower-case digits.  Called at most once, after the last Update().
  std::string HexDigest();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string Sha256Hex(std::string_view bytes);

/// SHA-1, 40 lower-case digits: a name that other programs give to the same bytes (ids of Harmony
/// text, tools catalogs).  Not a guard against anybody.
std::string Sha1Hex(std::string_view bytes);

/// The part in which `key` lies, depending on nothing else than these arguments, so that a row
/// keeps its part when others come and go.  `cumulative` are ascending upper bounds in (0, 1]; what
/// lies above the last one belongs to the last part.  REQUIRES: at least one part.
int SplitOfHash(std::string_view key, uint64_t seed, std::span<const double> cumulative);

}  // namespace hubmill

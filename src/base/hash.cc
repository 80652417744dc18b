#include "base/hash.h"

#include <openssl/evp.h>
#include <xxhash.h>

#include "base/check.h"
#include "base/xxh3_avx2.h"

namespace hubmill {
namespace {

// Shorter texts are hashed before vectors pay.
constexpr size_t kLongBytes = 240;

constexpr char kHexDigits[] = "0123456789abcdef";

void AppendHex(uint64_t value, std::string* out) {
  for (int shift = 60; shift >= 0; shift -= 4) out->push_back(kHexDigits[value >> shift & 15]);
}

void AppendHex(const unsigned char* digest, unsigned int size, std::string* out) {
  for (unsigned int i = 0; i < size; ++i) {
    out->push_back(kHexDigits[digest[i] >> 4]);
    out->push_back(kHexDigits[digest[i] & 15]);
  }
}

}  // namespace

uint64_t Xxh3Hash64(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Hash128 Xxh3Hash128(std::string_view bytes, uint64_t seed) {
#if HUBMILL_HAVE_AVX2
  if (bytes.size() > kLongBytes && BestSimdLevel() >= SimdLevel::kAvx2) {
    return Xxh3Hash128Avx2(bytes, seed);
  }
#endif
  const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
  return {.high = hash.high64, .low = hash.low64};
}

std::string HexOf(const Hash128& hash) {
  std::string hex;
  AppendHex(hash.high, &hex);
  AppendHex(hash.low, &hex);
  return hex;
}

std::string HexOf(uint64_t hash) {
  std::string hex;
  AppendHex(hash, &hex);
  return hex;
}

Xxh3Stream::Xxh3Stream(uint64_t seed) : state_(XXH3_createState()) {
  HUBMILL_CHECK(state_ != nullptr, "no memory for a hash state");
  XXH3_128bits_reset_withSeed(state_.get(), seed);
}
Xxh3Stream::~Xxh3Stream() = default;
void Xxh3Stream::Free::operator()(XXH3_state_s* state) const { XXH3_freeState(state); }
void Xxh3Stream::Update(std::string_view bytes) {
#if HUBMILL_HAVE_AVX2
  if (bytes.size() > kLongBytes && BestSimdLevel() >= SimdLevel::kAvx2) {
    return Xxh3UpdateAvx2(state_.get(), bytes);
  }
#endif
  if (!bytes.empty()) XXH3_128bits_update(state_.get(), bytes.data(), bytes.size());
}
Hash128 Xxh3Stream::Digest128() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
  return {.high = hash.high64, .low = hash.low64};
}

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  HUBMILL_CHECK(context_ != nullptr, "no memory for a hash state");
  HUBMILL_CHECK(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1, "no SHA-256");
}
Sha256Stream::~Sha256Stream() = default;
void Sha256Stream::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }
void Sha256Stream::Update(std::string_view bytes) {
  HUBMILL_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1,
                "SHA-256 failed");
}
std::string Sha256Stream::HexDigest() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HUBMILL_CHECK(EVP_DigestFinal_ex(context_.get(), digest, &size) == 1, "SHA-256 failed");
  std::string hex;
  AppendHex(digest, size, &hex);
  return hex;
}

std::string Sha256Hex(std::string_view bytes) {
  Sha256Stream stream;
  stream.Update(bytes);
  return stream.HexDigest();
}

std::string Sha1Hex(std::string_view bytes) {
  // Looking the algorithm up takes as long as hashing some kilobytes, so a thread does it once.
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HUBMILL_CHECK(algorithm != nullptr && context != nullptr &&
                    EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
                    EVP_DigestFinal_ex(context.get(), digest, &size) == 1,
                "SHA-1 failed");
  std::string hex;
  AppendHex(digest, size, &hex);
  return hex;
}

int SplitOfHash(std::string_view key, uint64_t seed, std::span<const double> cumulative) {
  HUBMILL_CHECK(!cumulative.empty(), "a hash split into no parts");
  const double place = static_cast<double>(Xxh3Hash64(key, seed) >> 11) * 0x1.0p-53;
  const size_t last = cumulative.size() - 1;
  for (size_t i = 0; i < last; ++i) {
    if (place < cumulative[i]) return static_cast<int>(i);
  }
  return static_cast<int>(last);
}

}  // namespace hubmill

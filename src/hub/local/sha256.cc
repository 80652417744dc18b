#include "hub/local/sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>

#include "base/check.h"

namespace hubmill::local_hub {

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  HUBMILL_CHECK(context_ != nullptr && EVP_DigestInit_ex(context_, EVP_sha256(), nullptr) == 1,
                "OpenSSL has no SHA-256");
}
Sha256::~Sha256() { EVP_MD_CTX_free(context_); }
void Sha256::Update(std::string_view data) { EVP_DigestUpdate(context_, data.data(), data.size()); }
std::string Sha256::Hex() {
  unsigned char digest[32];
  EVP_DigestFinal_ex(context_, digest, nullptr);
  return HexOf({reinterpret_cast<char*>(digest), sizeof digest});
}

std::string HmacHex(std::string_view key, std::string_view text) {
  unsigned char digest[32];
  unsigned int size = sizeof digest;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return HexOf({reinterpret_cast<char*>(digest), size});
}

std::string HexOf(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

bool IsLowerHex(std::string_view text, size_t size) {
  return text.size() == size && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string RandomHex(size_t bytes) {
  std::string raw(bytes, '\0');
  HUBMILL_CHECK(
      RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(bytes)) == 1,
      "no randomness");
  return HexOf(raw);
}

}  // namespace hubmill::local_hub

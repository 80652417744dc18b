#include "base/sha256_short.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace hubmill {

Sha256Short::Sha256Short()
    : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
  HUBMILL_CHECK(algorithm_ != nullptr && context_ != nullptr, "OpenSSL has SHA-256");
  HUBMILL_CHECK(EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1,
                "SHA-256 starts");
}

Sha256Short::~Sha256Short() = default;

void Sha256Short::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }
void Sha256Short::Free::operator()(evp_md_st* algorithm) const { EVP_MD_free(algorithm); }

uint64_t Sha256Short::First64(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  // Without an algorithm: the one of the context again.
  const bool done = EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1 &&
                    EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1 &&
                    EVP_DigestFinal_ex(context_.get(), digest, nullptr) == 1;
  HUBMILL_CHECK(done, "SHA-256 has no way to fail");
  uint64_t first = 0;
  for (int i = 0; i < 8; ++i) first = first << 8 | digest[i];
  return first;
}

}  // namespace hubmill

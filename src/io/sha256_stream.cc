// OpenSSL's EVP interface, which uses the processor's SHA instructions where it has them.
#include "io/sha256_stream.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace hubmill {

struct Sha256Stream::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  HUBMILL_CHECK(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1, "OpenSSL SHA-256");
}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

void Sha256Stream::Update(std::string_view bytes) {
  HUBMILL_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1,
                "OpenSSL SHA-256");
}

std::string Sha256Stream::Finish() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HUBMILL_CHECK(EVP_DigestFinal_ex(state_->context, digest, &size) == 1, "OpenSSL SHA-256");
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += kHex[digest[i] >> 4];
    text += kHex[digest[i] & 15];
  }
  return text;
}

}  // namespace hubmill

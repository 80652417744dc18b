// SHA-256 and HMAC-SHA-256 (OpenSSL), and hexadecimal.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace hubmill::local_hub {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void Update(std::string_view data);
  /// 64 hexadecimal digits.  At most once.
  std::string Hex();

 private:
  evp_md_ctx_st* context_;
};

std::string HmacHex(std::string_view key, std::string_view text);
std::string HexOf(std::string_view bytes);
bool IsLowerHex(std::string_view text, size_t size);
/// `bytes` bytes of the system's randomness, in hexadecimal.
std::string RandomHex(size_t bytes);

}  // namespace hubmill::local_hub

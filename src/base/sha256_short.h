// SHA-256 of very many short texts, one a row.
//
// A one-shot digest of OpenSSL 3 looks its algorithm up each time, which costs more than hashing
// the one or two blocks of such a text; here it is looked up once.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

struct evp_md_ctx_st;
struct evp_md_st;

namespace hubmill {

/// Not thread-safe; one a batch.
class Sha256Short {
 public:
  Sha256Short();
  ~Sha256Short();

  /// The first 64 bits of the SHA-256 of `bytes`; HexOf() of it is its first 16 hex digits.
  uint64_t First64(std::string_view bytes);

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
    void operator()(evp_md_st* algorithm) const;
  };
  std::unique_ptr<evp_md_st, Free> algorithm_;
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace hubmill

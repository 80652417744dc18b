// SHA-256 of bytes that arrive piece by piece.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace hubmill {

/// Not thread-safe.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;

  void Update(std::string_view bytes);

  /// 64 hex digits.  No call afterwards.
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hubmill

// A request body that is already in memory: for tests and fuzz targets.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>

#include "net/http_message.h"

namespace hubmill::http {

class StringBody : public BodyReader {
 public:
  /// Hands out at most `step_bytes` at a time, as a network does.
  explicit StringBody(std::string text, size_t step_bytes = 1 << 20)
      : text_(std::move(text)), step_bytes_(step_bytes) {}
  Result<size_t> Read(char* out, size_t size) override {
    const size_t take = std::min({size, step_bytes_, text_.size() - begin_});
    std::memcpy(out, text_.data() + begin_, take);
    begin_ += take;
    return take;
  }

 private:
  std::string text_;
  size_t step_bytes_;
  size_t begin_ = 0;
};

}  // namespace hubmill::http

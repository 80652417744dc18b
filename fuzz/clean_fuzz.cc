// Cleaning: every level equals the slow twin; version 2 never grows.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "text/clean.h"
#include "text/clean_reference.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hubmill;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string expected = CleanReference::Clean(text);
  for (const SimdLevel level : {SimdLevel::kScalar, BestSimdLevel()}) {
    std::string out(size + kCleanSlackBytes, '#');
    out.resize(CleanTextV1At(level, text, out.data()));
    HUBMILL_CHECK(out == expected, "cleaning differs from the slow twin");
  }
  std::string second;
  CleanTextV2(text, &second);
  HUBMILL_CHECK(second.size() <= size, "version 2 grew");
  return 0;
}

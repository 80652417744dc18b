// `.env` text from anywhere: parsing ends, and what it accepts are names and values.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "run/dotenv.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto pairs =
      hubmill::ParseDotenv(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz");
  if (!pairs.ok()) return 0;
  for (const auto& [name, value] : *pairs) {
    HUBMILL_CHECK(!name.empty() && name.find('=') == std::string::npos, "a name is a name");
    HUBMILL_CHECK(value.size() <= size, "a value comes from the text");
  }
  return 0;
}

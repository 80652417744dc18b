// Any bytes: no crash, and what was parsed survives rendering and parsing again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "io/thrift_compact.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto value = hubmill::ParseThrift(&input);
  if (!value.ok()) return 0;
  std::string rendered;
  hubmill::RenderThrift(*value, &rendered);
  if (rendered.size() > size - input.size()) std::abort();  // Canonical form is the shortest.
  std::string_view again = rendered;
  const auto second = hubmill::ParseThrift(&again);
  if (!second.ok() || !again.empty() || !(*second == *value)) std::abort();
  return 0;
}

// Arbitrary type texts: never a crash, and what parses is printed and parsed back the same.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "io/type_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto type = hubmill::ParseTypeText({reinterpret_cast<const char*>(data), size});
  if (!type.ok()) return 0;
  auto again = hubmill::ParseTypeText(hubmill::PrintType(*type));
  HUBMILL_CHECK(again.ok() && *again == *type, "a printed type parses back");
  return 0;
}

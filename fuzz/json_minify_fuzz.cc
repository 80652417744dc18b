// Arbitrary bytes as a quoted JSON file: never a crash, what is accepted is its own canonical form,
// and what a pointer finds in it is JSON.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "io/json_minify.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t cut = std::min(text.find('\n'), size);
  const auto once = hubmill::MinifyJson(text);
  if (once.ok()) {
    const auto again = hubmill::MinifyJson(*once);
    HUBMILL_CHECK(again.ok() && *again == *once, "the canonical form is its own");
    HUBMILL_CHECK(hubmill::FindInJson(*once, "") == *once, "the empty pointer names all of it");
  }
  const std::string_view pointer = text.substr(0, cut);  // The first line, into the rest.
  const auto rest = hubmill::MinifyJson(text.substr(std::min(cut + 1, size)));
  if (!rest.ok() || !hubmill::IsJsonPointer(pointer)) return 0;
  const auto found = hubmill::FindInJson(*rest, pointer);
  HUBMILL_CHECK(!found || hubmill::MinifyJson(*found).ok(), "what a pointer names is JSON");
  return 0;
}

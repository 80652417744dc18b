// YAML from anywhere: reading ends within its bounds, and what it accepts is JSON.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/json_value.h"
#include "security/configs/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const hubmill::Manifest manifest = hubmill::ReadManifest(text, {.bytes_max = 64 << 10});
  const bool read = manifest.fault == hubmill::ManifestFault::kNone;
  HUBMILL_CHECK(!read || !manifest.documents.empty(), "a manifest has a document");
  for (const hubmill::ManifestDocument& document : manifest.documents) {
    hubmill::JsonValue value;
    HUBMILL_CHECK(!hubmill::ParseJsonValue(document.json, &value), "a document is JSON");
    HUBMILL_CHECK(document.line >= 1, "and has a place");
  }
  return 0;
}

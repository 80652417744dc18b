// Terraform files from anywhere: parsing ends, says where it stopped, or gives JSON that our own
// reader reads back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/json_value.h"
#include "security/configs/hcl.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  hubmill::HclFile file;
  if (const auto error = hubmill::ParseHcl(text, &file)) {
    HUBMILL_CHECK(error->line >= 1 && error->column >= 1 && !error->expected.empty(),
                  "an error says where and what");
    HUBMILL_CHECK(error->column <= static_cast<int64_t>(size) + 1, "and that is in the text");
    return 0;
  }
  hubmill::JsonValue value;
  HUBMILL_CHECK(!hubmill::ParseJsonValue(file.json, &value) && value.IsObject(), "it is JSON");
  HUBMILL_CHECK(file.json.size() <= 64 * size + 2, "JSON is of the size of its text");
  return 0;
}

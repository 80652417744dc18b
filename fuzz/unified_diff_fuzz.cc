// A text and a diff, with a NUL byte between them: applying ends, and a result has the lines that
// the text and the diff have, no others.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "security/configs/unified_diff.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const size_t middle = std::min(all.find('\0'), all.size());
  const std::string_view text = all.substr(0, middle);
  const std::string_view diff = all.substr(std::min(middle + 1, all.size()));
  const auto patched = hubmill::ApplyUnifiedDiff(text, diff);
  if (patched.ok()) {
    HUBMILL_CHECK(patched->size() <= text.size() + diff.size(), "nothing comes from nowhere");
  } else {
    HUBMILL_CHECK(hubmill::KindOf(patched.status()) == hubmill::FailureKind::kDataRefused,
                  "a patch that does not fit is refused data");
  }
  HUBMILL_CHECK(hubmill::RestoreNdiff(diff).size() <= diff.size(), "lines are only shortened");
  return 0;
}

// The PII scanner: hits ascend and lie in the text, all levels agree, masked text has no hit.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "text/pii.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hubmill;
  if (size == 0) return 0;
  const auto wanted = static_cast<PiiKinds>(data[0] % 4 == 0 ? data[0] >> 2 : kAllPiiKinds);
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::vector<PiiHit> hits, scalar;
  std::string masked;
  MaskPii(text, wanted, &masked, &hits);
  ScanPiiAt(SimdLevel::kScalar, text, wanted, &scalar);
  HUBMILL_CHECK(hits == scalar, "levels differ");
  size_t end = 0;
  for (const PiiHit& hit : hits) {
    HUBMILL_CHECK(hit.offset_bytes >= end && hit.size_bytes > 0, "hits overlap");
    end = hit.offset_bytes + hit.size_bytes;
    HUBMILL_CHECK(end <= text.size(), "a hit beyond the text");
  }
  ScanPii(masked, wanted, &hits);
  HUBMILL_CHECK(hits.empty(), "masked text has a hit");
  return 0;
}

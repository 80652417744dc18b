// A request head from anywhere: parsing ends within its bounds, and no segment holds a NUL.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "hub/local/http.h"
#include "hub/local/path_rules.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hubmill::local_hub;
  const std::string_view head(reinterpret_cast<const char*>(data), size);
  Request request;
  if (ParseRequestHead(head, &request)) return 0;
  HUBMILL_CHECK(request.headers.size() <= kHeadersMax, "headers are bounded");
  HUBMILL_CHECK(request.content_length >= -1, "a length is no negative number");
  for (const std::string& segment : request.segments) {
    HUBMILL_CHECK(segment.find('\0') == std::string::npos, "no NUL in a path");
  }
  ByteRange range = {0, 0};
  if (ParseRange(request.Header("Range"), 1000, &range) == RangeKind::kPart) {
    HUBMILL_CHECK(0 <= range.first && range.first <= range.last && range.last < 1000,
                  "a range lies inside");
  }
  IsIgnored(ParseIgnore(head), request.target);
  return 0;
}

// A shard from anywhere: parsing ends, and it promises no more records than it holds.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "hub/local/xet_shard.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto files =
      hubmill::local_hub::ParseShard(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!files.ok()) return 0;
  size_t records = 0;
  for (const auto& file : *files) {
    records += 1 + file.terms.size();
    for (const auto& term : file.terms) HUBMILL_CHECK(term.first < term.end, "a term has chunks");
    HUBMILL_CHECK(file.sha256.empty() || file.sha256.size() == 64, "a SHA-256 or none");
  }
  HUBMILL_CHECK(records * 48 <= size, "every record was sent");
  return 0;
}

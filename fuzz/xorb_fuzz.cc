// A xorb from anywhere: reading ends, and what is accepted unpacks again to the same hashes.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "hub/local/xet_xorb.h"
#include "net/string_body.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hubmill::local_hub;
  StringBody body(std::string(reinterpret_cast<const char*>(data), size), 4096);
  std::string kept;
  const auto chunks = ReadXorb(&body, [&kept](std::string_view piece) {
    kept.append(piece);
    return hubmill::Status::OK();
  });
  if (!chunks.ok()) return 0;
  HUBMILL_CHECK(kept.size() <= size, "only what was sent is kept");
  for (const XorbChunk& chunk : *chunks) {
    std::string raw;
    const auto status =
        UnpackChunk(chunk, std::string_view(kept).substr(chunk.offset, chunk.packed_bytes), &raw);
    HUBMILL_CHECK(status.ok() && ChunkHash(raw) == chunk.hash, "a stored chunk unpacks again");
  }
  const auto index = ParseXorbIndex(RenderXorbIndex(*chunks));
  HUBMILL_CHECK(index.ok() && HashOf(*index) == HashOf(*chunks), "the index keeps the hashes");
  return 0;
}

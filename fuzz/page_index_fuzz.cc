// Any bytes as an offset index, and as the pages of a column chunk: no crash, and places that were
// found lie in the chunk, do not overlap and ascend.
#include <arrow/buffer.h>
#include <arrow/io/memory.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "view/parquet_pages.h"

namespace {

void Check(const hubmill::ChunkPages& pages, const hubmill::ChunkPlace& chunk) {
  int64_t end = chunk.begin;
  int64_t row = -1;
  for (const hubmill::PagePlace& page : pages) {
    if (page.offset < end || page.bytes <= 0 || page.first_row <= row) std::abort();
    end = page.offset + page.bytes;
    row = page.first_row;
  }
  if (pages.empty() || pages[0].first_row != 0) std::abort();
  if (end > chunk.begin + chunk.bytes || row >= chunk.rows) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  const hubmill::ChunkPlace place{.begin = data[0],
                                  .bytes = int64_t(data[1]) * 64,
                                  .rows = 1 + int64_t(data[2] >> 1) * 100,
                                  .repeated = (data[2] & 1) != 0};
  const std::string_view rest(reinterpret_cast<const char*>(data) + 3, size - 3);
  if (const auto pages = hubmill::PagesOfIndex(rest, place)) Check(*pages, place);

  const hubmill::ChunkPlace chunk{
      .begin = 0, .bytes = int64_t(rest.size()), .rows = place.rows, .repeated = place.repeated};
  arrow::io::BufferReader file(
      std::make_shared<arrow::Buffer>(data + 3, int64_t(rest.size())));
  const auto walked = hubmill::WalkPages(&file, chunk);
  if (!walked.ok() || !*walked) return 0;
  Check(**walked, chunk);
  for (const int64_t row : {int64_t{0}, chunk.rows / 2, chunk.rows - 1}) {
    const hubmill::PageSpan span = hubmill::FindPages(**walked, chunk, row, row + 1);
    if (span.first_row > row || span.end_row <= row) std::abort();
    const auto bytes = hubmill::ReadPages(&file, chunk, **walked, span);
    if (bytes.ok() && bytes->size() > rest.size()) std::abort();
  }
  return 0;
}

// Where the data pages of a column chunk lie and which rows they hold; and a small Parquet file of
// some of them.
//
// A row group of 64 MiB takes 100 ms and more to decode; the page that holds a row, 2 ms.  Arrow
// reads whole column chunks.  But a chunk is nothing more than its pages, one after the other, and
// a page after the dictionary can stand anywhere in it.  So the dictionary page and the pages that
// hold the wanted rows are copied into a file in memory, with a footer that says they are all there
// is, and Arrow reads that.
//
// Places come from the offset index (OffsetIndex in parquet.thrift).  Most files that pyarrow wrote
// have none; then the page headers are walked, which tell sizes and, for columns without lists,
// rows.  Neither is believed: every place must lie in the chunk, rows must ascend, and the header
// of each page that is used must tell the rows that its place does.
#pragma once

#include <arrow/buffer.h>
#include <arrow/io/type_fwd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"
#include "io/thrift_compact.h"

namespace hubmill {

inline constexpr size_t kPagesMax = 1'000'000;           // Of one column chunk.
inline constexpr int64_t kPageHeaderBytesMax = 1 << 20;  // Statistics may hold whole values.
inline constexpr int64_t kOffsetIndexBytesMax = 4 << 20;

struct PagePlace {
  int64_t offset = 0;     // In the file.
  int64_t bytes = 0;      // Header and data.
  int64_t first_row = 0;  // In the row group.
};

/// What the footer says of a column chunk.
struct ChunkPlace {
  int64_t begin = 0;  // Of its first page, a dictionary or data.
  int64_t bytes = 0;
  int64_t rows = 0;       // Of the row group.
  bool repeated = false;  // Below a list or map: a page's values are not its rows.
};

/// Data pages in row order; pages[0].first_row is 0.  What lies before the first is the dictionary.
using ChunkPages = std::vector<PagePlace>;

/// The places that the bytes of an offset index tell; nothing where they cannot be true.
std::optional<ChunkPages> PagesOfIndex(std::string_view index, const ChunkPlace& chunk);

/// The places by the page headers; nothing where they do not tell the rows, or what stands there is
/// no page header.  A read for each page.
Result<std::optional<ChunkPages>> WalkPages(arrow::io::RandomAccessFile* file,
                                            const ChunkPlace& chunk);

/// The pages [first, end) that hold rows [first_row, end_row).
/// REQUIRES: 0 <= first_row < end_row <= chunk.rows, !pages.empty().
struct PageSpan {
  size_t first = 0;
  size_t end = 0;
  int64_t first_row = 0;  // Of those pages.
  int64_t end_row = 0;
};
PageSpan FindPages(const ChunkPages& pages, const ChunkPlace& chunk, int64_t first_row,
                   int64_t end_row);

/// The dictionary page, if any, and the pages of `span`.  Fails where the header of a page denies
/// the rows of its place, or the file ends before.
Result<std::string> ReadPages(arrow::io::RandomAccessFile* file, const ChunkPlace& chunk,
                              const ChunkPages& pages, const PageSpan& span);

/// One column of the small file: `meta` is its ColumnMetaData, of which type, encodings, path and
/// codec are taken; `bytes` are its pages, empty where it is not read.
struct PageColumn {
  const ThriftValue* meta = nullptr;
  std::string bytes;
};

/// A Parquet file of one row group.  `schema`: its SchemaElements, the root first.  `arrow_schema`:
/// the value of the key ARROW:schema, empty for none.
std::shared_ptr<arrow::Buffer> MakePageFile(std::vector<ThriftValue> schema,
                                            const std::string& arrow_schema,
                                            const std::vector<PageColumn>& columns, int64_t rows);

}  // namespace hubmill

// Reads rows of a row group by the pages that hold them.  Internal to view/.
#pragma once

#include <arrow/record_batch.h>
#include <parquet/arrow/schema.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "view/parquet_pages.h"

namespace hubmill {

inline constexpr size_t kJoinedLeavesMax = 64;          // Of one nested column.
inline constexpr int64_t kPageFileBytesMax = 32 << 20;  // Of pages in one small file.

/// Rows [skip, skip + count) of what `batches` gives, in memory of their own.  Fails where there
/// are fewer.
Result<std::shared_ptr<arrow::RecordBatch>> TakeRows(arrow::RecordBatchReader* batches,
                                                     int64_t skip, int64_t count);

/// A column chunk that can be read by pages.
struct PagedChunk {
  ChunkPlace place;
  std::shared_ptr<const ChunkPages> pages;
};

/// What PageReader needs of a row group.
struct PagedGroup {
  arrow::io::RandomAccessFile* file = nullptr;
  ThriftValue footer;  // Of a FileMetaData with this row group alone.
  const parquet::arrow::SchemaManifest* manifest = nullptr;
  int threads = 1;  // Of reads: several where each is a wait.
};

/// The chunks of one field's leaves.
struct PagedField {
  int field = 0;  // Of the manifest.
  int first_leaf = 0;
  std::vector<PagedChunk> leaves;
};

/// Rows [first, end) of each of `fields`, in their order.  Any failure but kService may mean no
/// more than that places were wrong: decode the group instead.  The arrays are not validated.
Result<arrow::ArrayVector> ReadByPages(const PagedGroup& group, int64_t first, int64_t end,
                                       const std::vector<PagedField>& fields, int64_t batch_rows);

}  // namespace hubmill

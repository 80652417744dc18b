// Reads rows of a row group by the pages that hold them.  Internal to view/.
#pragma once

#include <arrow/record_batch.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>

#include <algorithm>
#include <atomic>
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

/// How much is decoded at a time, and altogether.
struct TakeOptions {
  int64_t batch_rows_max = 8192;  // The first batch has one row, others by the bytes of the last.
  int64_t batch_bytes = 8 << 20;  // Aimed at.
  int64_t bytes_max = INT64_MAX;  // No further row once this is taken.
  const std::atomic<bool>* cancel = nullptr;  // Once true, a failure "cancelled".
};

/// What columns read after others may take: they need rows even where those took all.
inline int64_t BytesLeft(int64_t bytes_max, int64_t taken) {
  return std::max(bytes_max - taken, bytes_max / 4);
}

/// Rows [skip, skip + count) of these leaves of a row group, in memory of their own; fewer, but one
/// at least, where they are more than bytes_max.  Fails where the group ends before.
/// REQUIRES: count > 0.
Result<std::shared_ptr<arrow::RecordBatch>> TakeRows(parquet::arrow::FileReader* reader, int group,
                                                     const std::vector<int>& leaves, int64_t skip,
                                                     int64_t count, const TakeOptions& options);

/// The first `count` rows, without what follows them.  REQUIRES: count <= length.
Result<std::shared_ptr<arrow::Array>> FirstRows(const std::shared_ptr<arrow::Array>& array,
                                                int64_t count);

/// One batch of several; each column's parts are let go before the next is copied.
/// REQUIRES: one batch at least, of one schema.
Result<std::shared_ptr<arrow::RecordBatch>> JoinBatches(arrow::RecordBatchVector batches);

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

/// Rows [first, end) of each of `fields`, in their order, of each as many; fewer as TakeRows(). Any
/// failure but kService may mean no more than that places were wrong: decode the group instead. The
/// arrays are not validated.
Result<arrow::ArrayVector> ReadByPages(const PagedGroup& group, int64_t first, int64_t end,
                                       const std::vector<PagedField>& fields,
                                       const TakeOptions& options);

}  // namespace hubmill

// One Parquet file, opened to read rows by number.
#pragma once

#include <arrow/record_batch.h>
#include <parquet/arrow/schema.h>
#include <parquet/metadata.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "io/input_files.h"
#include "view/page_read.h"
#include "view/parquet_pages.h"

namespace hubmill {

struct ParquetFileOptions {
  int64_t batch_rows_max = 8192;
  int64_t batch_bytes = 8 << 20;       // Aimed at.
  int64_t decode_bytes_min = 4 << 20;  // Columns of a row group up to this are decoded as a whole.
};

/// Thread-safe.  Keeps the footer, and 24 bytes for each page that places are known of.
class ParquetFile {
 public:
  using Visit = std::function<Result<bool>(std::shared_ptr<arrow::RecordBatch>)>;

  /// Reads the footer.  Failures are those of RowTable::Open().
  static Result<std::unique_ptr<ParquetFile>> Open(InputFile input, ParquetFileOptions options);

  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }
  /// The first row of each row group that has rows, then all rows.
  const std::vector<int64_t>& starts() const { return starts_; }
  int64_t rows() const { return starts_.back(); }

  /// Bytes that a row of these fields takes in Arrow's memory, about; 1 at least.
  int64_t RowBytes(size_t group, const std::vector<int>& fields) const;

  /// Rows [first, end) of row group `group`, counted within it, of these fields of the schema in
  /// their order; fewer, but one at least, where they are more than bytes_max.  By pages where they
  /// can be found, else by decoding the group up to them.  `cancel` as in TakeOptions.
  /// REQUIRES: 0 <= first < end <= rows of the group; fields name each field once at most.
  Result<std::shared_ptr<arrow::RecordBatch>> Read(size_t group, int64_t first, int64_t end,
                                                   const std::vector<int>& fields,
                                                   int64_t bytes_max,
                                                   const std::atomic<bool>* cancel) const;

  /// The same rows in batches; false from `visit` ends it, and is returned.
  Result<bool> Scan(size_t group, int64_t first, int64_t end, const std::vector<int>& fields,
                    const Visit& visit) const;

 private:
  ParquetFile(InputFile input, ParquetFileOptions options)
      : input_(std::move(input)), options_(options) {}

  Status ReadFooter();
  std::vector<int> LeavesOf(const std::vector<int>& fields) const;
  ChunkPlace PlaceOf(size_t group, int leaf) const;
  Result<std::shared_ptr<const ChunkPages>> FindPagesOf(arrow::io::RandomAccessFile* file,
                                                        size_t group, int leaf) const;
  /// Nothing where one of its columns has no pages that are known.
  Result<std::optional<PagedField>> FindPagesOfField(arrow::io::RandomAccessFile* file,
                                                     size_t group, int number) const;
  bool WorthPages(size_t group, int64_t rows, const std::vector<int>& fields) const;
  Result<std::shared_ptr<arrow::RecordBatch>> Decode(size_t group, int64_t first, int64_t end,
                                                     const std::vector<int>& fields,
                                                     const TakeOptions& options) const;
  Result<arrow::ArrayVector> ReadPaged(arrow::io::RandomAccessFile* file, size_t group,
                                       int64_t first, int64_t end,
                                       const std::vector<PagedField>& fields,
                                       const TakeOptions& options) const;
  std::shared_ptr<arrow::Schema> SchemaOf(const std::vector<int>& fields) const;

  const InputFile input_;
  const ParquetFileOptions options_;
  std::shared_ptr<parquet::FileMetaData> metadata_;
  std::unique_ptr<parquet::arrow::SchemaManifest> manifest_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<int> groups_;  // In the file, of those that have rows.
  std::vector<int64_t> starts_;
  std::vector<int> first_leaves_;  // By field, and one more: the number of leaves.
  int64_t file_bytes_ = 0;
  mutable std::mutex mutex_;  // Of the next.
  mutable std::map<std::pair<size_t, int>, std::shared_ptr<const ChunkPages>> pages_;
  mutable size_t pages_count_ = 0;
};

}  // namespace hubmill

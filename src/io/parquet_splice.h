// Joins Parquet files of one row group each into one file, without decoding a page.
//
// A column chunk is position-independent except for its header in the footer: pages hold no
// absolute offset.  So a row group encoded as a file of its own (in memory, on any thread) becomes
// part of a larger file by copying its bytes and adding one constant to every offset that the
// footer and the offset indexes hold.  The result is what one writer would have written: data, then
// column indexes, then offset indexes, then one footer.
//
// Field numbers: src/main/thrift/parquet.thrift of apache/parquet-format, 2.11.
#pragma once

#include <arrow/buffer.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/failure.h"
#include "io/thrift_compact.h"

namespace hubmill {

/// A Parquet file in memory, its footer read.
struct ParquetPiece {
  std::shared_ptr<arrow::Buffer> file;
  ThriftValue footer;
  int64_t rows = 0;
};

/// Reads the footer of an unencrypted Parquet file.  Thread-safe.
Result<ParquetPiece> ParseParquetPiece(std::shared_ptr<arrow::Buffer> file);

/// Not thread-safe.  Nothing of a piece's data is kept; its footer and page indexes are, until
/// Finish (some hundred bytes a column chunk and 10 a page).
class ParquetSplicer {
 public:
  using WriteFunction = std::function<Status(std::string_view)>;

  /// `write` appends to the file.
  explicit ParquetSplicer(WriteFunction write) : write_(std::move(write)) {}

  /// REQUIRES: all pieces have the same schema and key-value metadata.
  Status Append(const ParquetPiece& piece);

  /// Writes page indexes and footer.  REQUIRES: at least one Append (a piece without row groups
  /// counts), no call afterwards.
  Status Finish();

  int64_t rows() const { return rows_; }

 private:
  struct PageIndexes {
    std::string column_index;  // As it was; empty where there is none.
    ThriftValue offset_index;  // Moved.
    bool has_offset_index = false;
  };

  Status Write(std::string_view bytes);
  Status MoveColumn(const ParquetPiece& piece, int64_t data_end, int64_t shift,
                    ThriftValue* column);

  WriteFunction write_;
  ThriftValue footer_;
  std::vector<PageIndexes> indexes_;  // By row group, then column.
  int64_t offset_ = 0;
  int64_t rows_ = 0;
  int64_t row_groups_ = 0;
};

inline constexpr int64_t kRowGroupsMax = 32'767;  // RowGroup.ordinal has 16 bits.

}  // namespace hubmill

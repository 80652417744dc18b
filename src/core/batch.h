// A batch: rows and where each of them came from.
//
// Every published row must be traceable to its source file and row, and every dropped one counted.
// Carrying two more columns through every stage would let a stage lose or reorder them, so the
// origin travels beside the rows instead, as runs of consecutive source rows: one run a batch until
// something is dropped or rearranged.
#pragma once

#include <arrow/record_batch.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace hubmill {

/// `count` consecutive rows of one source file, all in one split.
struct RowRun {
  int32_t file = 0;   // Index into Source::files().
  int32_t split = 0;  // Index into the data set's split names.
  int64_t row = 1;    // 1-based: the line of a JSONL file, the record of a CSV or Parquet file.
  int64_t count = 0;
  bool operator==(const RowRun&) const = default;
};

/// Where the rows of a batch came from, in row order.  Not thread-safe.
class Origins {
 public:
  Origins() = default;
  explicit Origins(RowRun run) { Append(run); }

  int64_t row_count() const { return row_count_; }
  const std::vector<RowRun>& runs() const { return runs_; }

  /// Adds rows at the end; joins them to the last run where they continue it.
  void Append(const RowRun& run);
  void Append(const Origins& other);

  /// Row `index` alone.  O(log runs).  REQUIRES: 0 <= index < row_count().
  RowRun At(int64_t index) const;

  /// Rows [offset, offset + count).
  Origins Slice(int64_t offset, int64_t count) const;

  /// The rows whose index is in `kept` (ascending).
  Origins Select(std::span<const int64_t> kept) const;

  /// The same rows, in the splits given (one a row).  REQUIRES: splits.size() == row_count().
  Origins WithSplits(std::span<const int32_t> splits) const;

  /// Adds `rows` to every row number: a morsel counts from its own start.
  void Shift(int64_t rows);

 private:
  std::vector<RowRun> runs_;
  std::vector<int64_t> ends_;  // Running sum of counts, for At().
  int64_t row_count_ = 0;
};

/// Rows and their origins.  Invariant: rows->num_rows() == origins.row_count().
struct Batch {
  std::shared_ptr<arrow::RecordBatch> rows;
  Origins origins;
};

}  // namespace hubmill

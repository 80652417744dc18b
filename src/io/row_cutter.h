// Cuts rows into groups of bounded size, each of one split, by the rows alone.
//
// A group ends before the row that would take it over `group_bytes`, or at kGroupRowsMax rows; a
// shard ends at the first group border at or after `shard_bytes`.  So where a group or a file ends
// depends on the rows of that split and on nothing else.
#pragma once

#include <arrow/record_batch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/batch.h"
#include "core/failure.h"

namespace hubmill {

inline constexpr int64_t kGroupRowsMax = 1 << 20;

/// Rows that belong together in one file.
struct CutRows {
  std::vector<std::shared_ptr<arrow::RecordBatch>> parts;  // In order; at least one row in all.
  int32_t split = 0;
  int32_t shard = 0;  // Counted from 0 within the split.
  int64_t rows = 0;
  Origins origins;  // Of all parts together; only with RowCutterOptions::origins.
};

struct RowCutterOptions {
  int64_t group_bytes = 0;  // See RowBytes().
  int64_t shard_bytes = 0;
  int64_t shard_rows = INT64_MAX;  // A shard also ends at exactly so many rows.
  bool one_split = false;          // Refuse rows of a second split (a single output file).
  bool one_shard = false;
  bool origins = false;  // Keep where the rows came from.
};

/// Not thread-safe.  Memory: the rows of the unfinished group of each split.
class RowCutter {
 public:
  RowCutter(RowCutterOptions options, std::vector<std::string> splits);

  /// Takes a batch; returns the groups that it completed, in order.
  Result<std::vector<CutRows>> Cut(const Batch& batch);

  /// The unfinished groups, by split.
  std::vector<CutRows> Finish();

 private:
  struct Open {
    CutRows group;
    int64_t group_bytes = 0;
    int64_t shard_bytes = 0;
    int64_t shard_rows = 0;
  };

  Status CheckOneSplit(int32_t split);
  void AddRows(int32_t split, const Batch& batch, std::vector<CutRows>* out);
  void CloseGroup(Open* open, std::vector<CutRows>* out);

  RowCutterOptions options_;
  std::vector<std::string> splits_;
  std::vector<Open> open_;  // By split.
  int32_t seen_split_ = -1;
};

}  // namespace hubmill

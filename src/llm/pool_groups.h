// Cuts the rows of one pool into row groups and shards, by the rows alone.
#pragma once

#include <arrow/record_batch.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/failure.h"

namespace hubmill {

/// Some rows of a batch that others may share.
struct PoolPart {
  std::shared_ptr<arrow::RecordBatch> rows;
  std::vector<int64_t> indices;  // Ascending; ignored where `whole`.
  bool whole = false;
};

/// The rows themselves, alone.
Result<std::shared_ptr<arrow::RecordBatch>> GatherPart(const PoolPart& part);

struct PoolGroup {
  std::vector<PoolPart> parts;
  int64_t rows = 0;
  int32_t shard = 0;
};

/// Not thread-safe.
class PoolGroups {
 public:
  PoolGroups(int64_t group_bytes, int64_t shard_rows)
      : group_bytes_(group_bytes), shard_rows_(shard_rows) {}

  /// Adds the rows at `indices` (ascending), whose sizes are in `sizes`; the groups that are now
  /// complete go to `out`.
  Status Add(const std::shared_ptr<arrow::RecordBatch>& rows, std::span<const int64_t> indices,
             std::span<const int64_t> sizes, std::vector<PoolGroup>* out);
  /// The unfinished group.
  void Finish(std::vector<PoolGroup>* out);

  int64_t rows() const { return rows_; }

 private:
  Status Keep(PoolPart part, int64_t batch_bytes, int64_t part_bytes);
  void Close(std::vector<PoolGroup>* out);

  const int64_t group_bytes_;
  const int64_t shard_rows_;
  PoolGroup open_;
  int64_t open_bytes_ = 0;
  int64_t rows_in_shard_ = 0;
  int64_t rows_ = 0;
  int32_t shard_ = 0;
};

}  // namespace hubmill

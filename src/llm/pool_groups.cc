// A group is full when the next row would make it too large, or its shard has all its rows.  What a
// batch leaves in the open group is shared with the other pools where that is most of the batch,
// and copied out where it is not.
#include "llm/pool_groups.h"

#include <arrow/builder.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/exec.h>
#include <arrow/table.h>

#include <numeric>
#include <utility>

#include "core/bulk_pool.h"

namespace hubmill {
namespace {

constexpr size_t kPartsMax = 64;  // An array costs as much as a short row; more are joined.

}  // namespace

Result<std::shared_ptr<arrow::RecordBatch>> GatherPart(const PoolPart& part) {
  if (part.whole) return part.rows;
  const std::vector<int64_t>& at = part.indices;
  if (at.back() - at.front() + 1 == int64_t(at.size())) {
    return part.rows->Slice(at.front(), int64_t(at.size()));
  }
  arrow::Int64Builder builder;
  ARROW_RETURN_NOT_OK(builder.AppendValues(at));
  ARROW_ASSIGN_OR_RAISE(auto indices, builder.Finish());
  arrow::compute::ExecContext context(BulkPool());
  ARROW_ASSIGN_OR_RAISE(
      arrow::Datum taken,
      arrow::compute::Take(part.rows, indices, arrow::compute::TakeOptions::NoBoundsCheck(),
                           &context));
  return taken.record_batch();
}

Status PoolGroups::Add(const std::shared_ptr<arrow::RecordBatch>& rows,
                       std::span<const int64_t> indices, std::span<const int64_t> sizes,
                       std::vector<PoolGroup>* out) {
  PoolPart part{.rows = rows};
  int64_t part_bytes = 0;
  auto keep = [&](bool shared) {
    if (part.indices.empty()) return Status::OK();
    part.whole = int64_t(part.indices.size()) == rows->num_rows();
    PoolPart kept = std::exchange(part, PoolPart{.rows = rows});
    if (shared) {
      open_.parts.push_back(std::move(kept));
      return Status::OK();
    }
    return Keep(std::move(kept), std::accumulate(sizes.begin(), sizes.end(), int64_t{0}),
                part_bytes);
  };
  for (int64_t row : indices) {
    const int64_t size = sizes[size_t(row)];
    const bool group_full = open_.rows > 0 && open_bytes_ + size > group_bytes_;
    if (group_full || rows_in_shard_ == shard_rows_) {
      ARROW_RETURN_NOT_OK(keep(/*shared=*/true));  // It is encoded at once, and lets go.
      part_bytes = 0;
      Close(out);
    }
    part.indices.push_back(row);
    part_bytes += size;
    open_bytes_ += size;
    ++open_.rows;
    ++rows_in_shard_;
    ++rows_;
  }
  return keep(/*shared=*/false);
}

Status PoolGroups::Keep(PoolPart part, int64_t batch_bytes, int64_t part_bytes) {
  if (part_bytes * 2 < batch_bytes) {
    // A slice would keep the batch, so it is taken as well: consecutive rows through Concatenate.
    ARROW_ASSIGN_OR_RAISE(auto rows, GatherPart(part));
    if (part.indices.back() - part.indices.front() + 1 == int64_t(part.indices.size())) {
      ARROW_ASSIGN_OR_RAISE(rows, arrow::ConcatenateRecordBatches({rows, rows->Slice(0, 0)}));
    }
    part = {.rows = std::move(rows), .indices = {}, .whole = true};
  }
  open_.parts.push_back(std::move(part));
  if (open_.parts.size() < kPartsMax) return Status::OK();
  arrow::RecordBatchVector all;
  for (const PoolPart& each : open_.parts) {
    ARROW_ASSIGN_OR_RAISE(auto rows, GatherPart(each));
    all.push_back(std::move(rows));
  }
  ARROW_ASSIGN_OR_RAISE(auto joined, arrow::ConcatenateRecordBatches(all, BulkPool()));
  open_.parts.clear();
  open_.parts.push_back({.rows = std::move(joined), .indices = {}, .whole = true});
  return Status::OK();
}

void PoolGroups::Close(std::vector<PoolGroup>* out) {
  if (open_.rows == 0) return;
  open_.shard = shard_;
  out->push_back(std::exchange(open_, PoolGroup{}));
  open_bytes_ = 0;
  if (rows_in_shard_ < shard_rows_) return;
  ++shard_;
  rows_in_shard_ = 0;
}

void PoolGroups::Finish(std::vector<PoolGroup>* out) { Close(out); }

}  // namespace hubmill

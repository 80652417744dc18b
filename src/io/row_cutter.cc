// Rows of one split usually come as one run a batch and are sliced without a copy.  Where splits
// alternate row by row (a hash split), thousands of slices would cost more than one gather a split.
#include "io/row_cutter.h"

#include <arrow/type.h>

#include <utility>

#include "base/check.h"
#include "core/select_rows.h"
#include "io/row_bytes.h"

namespace hubmill {
namespace {

constexpr size_t kRunsSlicedMax = 16;  // Beyond, rows are gathered by split.

}  // namespace

RowCutter::RowCutter(RowCutterOptions options, std::vector<std::string> splits)
    : options_(options), splits_(std::move(splits)), open_(splits_.size()) {
  for (size_t i = 0; i < open_.size(); ++i) open_[i].group.split = int32_t(i);
}

Status RowCutter::CheckOneSplit(int32_t split) {
  HUBMILL_CHECK(split >= 0 && size_t(split) < splits_.size(), "a row of an unknown split");
  if (seen_split_ < 0) seen_split_ = split;
  if (!options_.one_split || split == seen_split_) return Status::OK();
  return WrongUsage("rows of two splits for one file: splits=", splits_[size_t(seen_split_)], ",",
                    splits_[size_t(split)], "; remedy: write to a folder");
}

void RowCutter::CloseGroup(Open* open, std::vector<CutRows>* out) {
  if (open->group.rows == 0) return;
  const int32_t shard = open->group.shard;
  const int32_t split = open->group.split;
  out->push_back(std::exchange(open->group, CutRows{}));
  open->shard_bytes += open->group_bytes;
  open->shard_rows += out->back().rows;
  open->group_bytes = 0;
  const bool shard_full = !options_.one_shard && (open->shard_bytes >= options_.shard_bytes ||
                                                  open->shard_rows >= options_.shard_rows);
  if (shard_full) open->shard_bytes = open->shard_rows = 0;
  open->group.shard = shard + (shard_full ? 1 : 0);
  open->group.split = split;
}

void RowCutter::AddRows(int32_t split, const Batch& batch, std::vector<CutRows>* out) {
  Open& open = open_[size_t(split)];
  const auto& rows = batch.rows;
  const std::vector<int64_t> sizes = RowBytes(*rows);
  int64_t begin = 0;
  auto take = [&](int64_t end) {
    if (end == begin) return;
    open.group.parts.push_back(
        begin == 0 && end == rows->num_rows() ? rows : rows->Slice(begin, end - begin));
    if (options_.origins) open.group.origins.Append(batch.origins.Slice(begin, end - begin));
    begin = end;
  };
  for (int64_t i = 0; i < rows->num_rows(); ++i) {
    const bool full =
        open.group.rows > 0 && open.group_bytes + sizes[size_t(i)] > options_.group_bytes;
    if (full || open.group.rows == kGroupRowsMax ||
        open.shard_rows + open.group.rows == options_.shard_rows) {
      take(i);
      CloseGroup(&open, out);
    }
    open.group_bytes += sizes[size_t(i)];
    ++open.group.rows;
  }
  take(rows->num_rows());
}

Result<std::vector<CutRows>> RowCutter::Cut(const Batch& batch) {
  std::vector<CutRows> out;
  const std::vector<RowRun>& runs = batch.origins.runs();
  std::vector<std::pair<int32_t, int64_t>> segments;  // Split and rows, neighbours joined.
  for (const RowRun& run : runs) {
    ARROW_RETURN_NOT_OK(CheckOneSplit(run.split));
    if (!segments.empty() && segments.back().first == run.split) {
      segments.back().second += run.count;
    } else {
      segments.emplace_back(run.split, run.count);
    }
  }
  if (segments.size() == 1) {
    AddRows(segments[0].first, batch, &out);
  } else if (segments.size() <= kRunsSlicedMax) {
    int64_t begin = 0;
    for (const auto& [split, count] : segments) {
      AddRows(split, {batch.rows->Slice(begin, count), batch.origins.Slice(begin, count)}, &out);
      begin += count;
    }
  } else {
    std::vector<std::vector<int64_t>> indices(splits_.size());
    int64_t row = 0;
    for (const auto& [split, count] : segments) {
      for (int64_t k = 0; k < count; ++k) indices[size_t(split)].push_back(row++);
    }
    for (size_t split = 0; split < indices.size(); ++split) {
      if (indices[split].empty()) continue;
      ARROW_ASSIGN_OR_RAISE(auto rows, SelectRows(batch.rows, indices[split]));
      AddRows(int32_t(split), {std::move(rows), batch.origins.Select(indices[split])}, &out);
    }
  }
  return out;
}

std::vector<CutRows> RowCutter::Finish() {
  std::vector<CutRows> out;
  for (Open& open : open_) CloseGroup(&open, &out);
  return out;
}

}  // namespace hubmill

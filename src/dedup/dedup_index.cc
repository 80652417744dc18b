#include "dedup/dedup_index.h"

#include <arrow/array/array_primitive.h>
#include <arrow/compute/cast.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "dedup/group_keys.h"
#include "stages/columns.h"

namespace hubmill {
namespace {

struct IndexKeys : Prepared {
  std::vector<uint32_t> compared;    // Rows of the batch that are, ascending.
  std::vector<uint64_t> keys;        // One a band of each (near), or two (exact).
  std::vector<uint32_t> text_bytes;  // Of each.
  std::vector<double> scores;        // Of each; empty unless ranked by them.
  ColumnCounts values;
};

constexpr double kNoScore = -std::numeric_limits<double>::infinity();

}  // namespace

DedupIndex::DedupIndex(DedupIndexOptions options)
    : options_(std::move(options)),
      hash_(options_.shape),
      clusters_({.bands = options_.shape.bands,
                 .memory_bytes_max = options_.memory_bytes_max,
                 .spill_dir = options_.spill_dir}) {}

Result<std::shared_ptr<arrow::Schema>> DedupIndex::Bind(
    const std::shared_ptr<arrow::Schema>& input) {
  ARROW_ASSIGN_OR_RAISE(text_column_, AnyTextColumnIndex(*input, options_.text));
  if (!options_.within.empty()) {
    ARROW_ASSIGN_OR_RAISE(within_column_, ColumnIndex(*input, options_.within));
    ARROW_RETURN_NOT_OK(CheckGroupColumn(*input, within_column_));
  }
  best_column_ = -1;
  if (options_.keep != DedupKeep::kBest || !own_) return input;
  ARROW_ASSIGN_OR_RAISE(best_column_, ColumnIndex(*input, options_.best));
  const arrow::DataType& type = *input->field(best_column_)->type();
  if (!arrow::is_integer(type.id()) && !arrow::is_floating(type.id())) {
    return DataRefused("the column of best: is no number: column=", options_.best,
                       " type=", type.ToString(), "; remedy: name a numeric one");
  }
  ARROW_RETURN_NOT_OK(UseComputeKernels());
  return input;
}

Result<std::unique_ptr<Prepared>> DedupIndex::Prepare(const Batch& input) const {
  auto found = std::make_unique<IndexKeys>();
  ARROW_ASSIGN_OR_RAISE(const auto plain, PlainText(input.rows->column(text_column_)));
  const TextView texts(*plain);
  std::vector<Hash128> within;
  if (within_column_ >= 0) within = GroupKeys(*input.rows, within_column_, json_groups_);
  std::shared_ptr<arrow::Array> scores;
  if (best_column_ >= 0) {
    ARROW_ASSIGN_OR_RAISE(scores,
                          arrow::compute::Cast(*input.rows->column(best_column_), arrow::float64(),
                                               arrow::compute::CastOptions::Unsafe()));
  }
  const arrow::RecordBatch& rows = *input.rows;
  found->values = CountValues(rows, {text_column_, within_column_, best_column_});
  thread_local MinHashScratch scratch;
  for (int64_t row = 0; row < texts.size(); ++row) {
    if (texts.IsNull(row)) continue;
    const size_t before = found->keys.size();
    if (options_.method == DedupMethod::kNear) {
      if (!hash_.AppendBandKeys(texts[row], &scratch, &found->keys)) continue;
    } else {
      const Hash128 key = Xxh3Hash128(texts[row]);
      found->keys.insert(found->keys.end(), {key.high, key.low});
    }
    for (size_t i = before; within_column_ >= 0 && i < found->keys.size(); ++i) {
      const Hash128& group = within[size_t(row)];
      const uint64_t parts[] = {found->keys[i], group.high, group.low};
      found->keys[i] = Xxh3Hash64({reinterpret_cast<const char*>(parts), sizeof(parts)});
    }
    found->compared.push_back(uint32_t(row));
    found->text_bytes.push_back(uint32_t(std::min<size_t>(texts[row].size(), UINT32_MAX)));
    if (scores != nullptr) {
      const auto& values = static_cast<const arrow::DoubleArray&>(*scores);
      const double value = values.IsNull(row) ? kNoScore : values.Value(row);
      found->scores.push_back(value == value ? value : kNoScore);
    }
  }
  return found;
}

Result<Applied> DedupIndex::Decide(const Batch& input, const Prepared& prepared) {
  const auto& found = static_cast<const IndexKeys&>(prepared);
  const bool near = options_.method == DedupMethod::kNear;
  if (size_t(places_.size()) + found.compared.size() >= size_t{UINT32_MAX}) {
    return RunFailed(
        "dedup takes fewer than 2^32 - 1 rows; remedy: deduplicate by parts, with --against");
  }
  size_t run = 0;
  int64_t run_start = 0;  // Its first row in the batch.
  const std::vector<RowRun>& runs = input.origins.runs();
  const uint64_t* keys = found.keys.data();
  for (const uint32_t row : found.compared) {
    while (int64_t(row) >= run_start + runs[run].count) run_start += runs[run++].count;
    const int64_t number = runs[run].row + int64_t(row) - run_start;
    if (number > kRowOfFileMax) {
      return RunFailed("a file of more than 2^32 - 1 rows; remedy: cut it into several");
    }
    if (near) {
      ARROW_RETURN_NOT_OK(clusters_.Add({keys, size_t(options_.shape.bands)}));
      keys += options_.shape.bands;
    } else {
      exact_.push_back({{keys[0], keys[1]}, places_.size()});
      keys += 2;
    }
    places_.Add({file_base_ + runs[run].file, number});
  }
  if (options_.keep == DedupKeep::kLongest || options_.lengths) {
    text_bytes_.insert(text_bytes_.end(), found.text_bytes.begin(), found.text_bytes.end());
  }
  if (options_.keep == DedupKeep::kBest) {
    scores_.insert(scores_.end(), found.scores.begin(), found.scores.end());
    scores_.resize(places_.size(), kNoScore);  // Rows of other data have none.
  }
  values_.Add(found.values);
  rows_seen_ += input.rows->num_rows();
  return Applied{.rows = input.rows};
}

std::vector<uint32_t> DedupIndex::ExactRoots() {
  std::sort(exact_.begin(), exact_.end(), [](const ExactKey& a, const ExactKey& b) {
    return a.key != b.key ? a.key < b.key : a.row < b.row;
  });
  std::vector<uint32_t> roots(exact_.size());
  for (size_t i = 0; i < exact_.size(); ++i) {
    const bool first = i == 0 || exact_[i].key != exact_[i - 1].key;
    roots[exact_[i].row] = first ? exact_[i].row : roots[exact_[i - 1].row];
  }
  std::vector<ExactKey>().swap(exact_);
  return roots;
}

Result<std::vector<uint32_t>> DedupIndex::Roots(int threads) {
  return options_.method == DedupMethod::kNear ? clusters_.Cluster(threads) : ExactRoots();
}

bool DedupIndex::Ranks(uint32_t a, uint32_t b) const {
  if ((a < foreign_) != (b < foreign_)) return a < foreign_;
  if (options_.keep == DedupKeep::kLongest && text_bytes_[a] != text_bytes_[b]) {
    return text_bytes_[a] > text_bytes_[b];
  }
  if (!scores_.empty() && scores_[a] != scores_[b]) return scores_[a] > scores_[b];
  return a < b;
}

}  // namespace hubmill

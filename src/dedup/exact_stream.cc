#include "dedup/exact_stream.h"

#include "dedup/group_keys.h"
#include "stages/columns.h"
#include "stages/row_key.h"

namespace hubmill {
namespace {

constexpr size_t kPrefetchAhead = 16;

struct StreamKeys : Prepared {
  std::shared_ptr<arrow::Array> texts;  // PlainText().
  std::vector<RowKey> keys;
  ColumnCounts values;
};

}  // namespace

Result<std::shared_ptr<arrow::Schema>> ExactStream::Bind(
    const std::shared_ptr<arrow::Schema>& input) {
  ARROW_ASSIGN_OR_RAISE(text_column_, AnyTextColumnIndex(*input, text_));
  if (!within_.empty()) {
    ARROW_ASSIGN_OR_RAISE(within_column_, ColumnIndex(*input, within_));
    ARROW_RETURN_NOT_OK(CheckGroupColumn(*input, within_column_));
  }
  schema_ = input;
  if (passed_.empty()) return schema_;
  ARROW_ASSIGN_OR_RAISE(passed_column_, ColumnIndex(*input, passed_));
  schema_ = arrow::schema({input->field(passed_column_)});
  return schema_;
}

Result<std::unique_ptr<Prepared>> ExactStream::Prepare(const Batch& input) const {
  auto prepared = std::make_unique<StreamKeys>();
  ARROW_ASSIGN_OR_RAISE(prepared->texts, PlainText(input.rows->column(text_column_)));
  const auto schema = arrow::schema({arrow::field(text_, prepared->texts->type())});
  ComputeRowKeys(*arrow::RecordBatch::Make(schema, input.rows->num_rows(), {prepared->texts}), {0},
                 &prepared->keys);
  prepared->values = CountValues(*input.rows, {text_column_, within_column_, -1});
  if (within_column_ < 0) return prepared;
  const std::vector<Hash128> groups = GroupKeys(*input.rows, within_column_, json_groups_);
  for (size_t row = 0; row < groups.size(); ++row) {
    const Hash128 parts[] = {prepared->keys[row], groups[row]};
    prepared->keys[row] = Xxh3Hash128({reinterpret_cast<const char*>(parts), sizeof(parts)});
  }
  return prepared;
}

Result<Applied> ExactStream::Decide(const Batch& input, const Prepared& prepared) {
  const auto& keys = static_cast<const StreamKeys&>(prepared).keys;
  const arrow::Array& texts = *static_cast<const StreamKeys&>(prepared).texts;
  values_.Add(static_cast<const StreamKeys&>(prepared).values);
  KeySet& set = own_ ? seen_ : others_;
  Applied applied{.rows = input.rows};
  if (passed_column_ >= 0) {
    applied.rows = arrow::RecordBatch::Make(schema_, input.rows->num_rows(),
                                            {input.rows->column(passed_column_)});
  }
  for (size_t row = 0; row < keys.size(); ++row) {
    if (row + kPrefetchAhead < keys.size()) set.Prefetch(keys[row + kPrefetchAhead]);
    if (texts.IsNull(int64_t(row))) continue;
    const bool is_new = set.Insert(keys[row]);
    if (!own_) continue;
    if (others_.size() > 0 && others_.Contains(keys[row])) {
      applied.drops.push_back({.row = int64_t(row), .reason = "in_other"});
    } else if (!is_new) {
      applied.drops.push_back({.row = int64_t(row), .reason = "duplicate"});
    }
  }
  return applied;
}

}  // namespace hubmill

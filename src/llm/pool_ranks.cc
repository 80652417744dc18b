#include "llm/pool_ranks.h"

#include <arrow/array/array_primitive.h>
#include <arrow/compute/cast.h>
#include <arrow/type_traits.h>

#include <algorithm>
#include <cmath>

#include "stages/columns.h"

namespace hubmill {

Result<std::unique_ptr<PoolRanks>> PoolRanks::Make(const std::vector<PoolStream>& streams,
                                                   const arrow::Schema& schema) {
  auto out = std::make_unique<PoolRanks>();
  for (const PoolStream& stream : streams) {
    Order order;
    if (!stream.order_by.empty()) {
      auto column = ColumnIndex(schema, OrderColumn(stream.order_by));
      if (!column.ok()) return WithContext(column.status(), "pool " + stream.pools[0] + ": ");
      order = {.column = *column,
               .largest = stream.order_by.starts_with("-"),
               .limit = size_t(stream.limit)};
      const auto type = schema.field(order.column)->type()->id();
      if (!arrow::is_integer(type) && !arrow::is_floating(type)) {
        return DataRefused("order_by takes a column of numbers: pool=", stream.pools[0],
                           " column=", OrderColumn(stream.order_by),
                           "; remedy: another column, or only limit:");
      }
    }
    out->orders_.push_back(std::move(order));
  }
  return out;
}

Result<std::vector<std::unique_ptr<Block>>> PoolRanks::Cut(Batch batch) {
  const auto& masks = static_cast<const arrow::UInt64Array&>(*batch.rows->columns().back());
  for (size_t i = 0; i < orders_.size(); ++i) {
    Order& order = orders_[i];
    if (order.column < 0 || order.limit == 0) continue;
    ARROW_ASSIGN_OR_RAISE(const auto cast,
                          arrow::compute::Cast(*batch.rows->column(order.column), arrow::float64(),
                                               arrow::compute::CastOptions::Unsafe()));
    const auto& values = static_cast<const arrow::DoubleArray&>(*cast);
    for (int64_t row = 0; row < values.length(); ++row) {
      if ((masks.Value(row) >> i & 1) == 0) continue;
      double key = values.IsNull(row) ? NAN : values.Value(row);
      if (std::isnan(key)) {
        key = INFINITY;  // After all numbers.
      } else if (order.largest) {
        key = -key;
      }
      const Ranked ranked{key, rows_ + row};
      if (order.best.size() == order.limit) {
        if (!(ranked < order.best.front())) continue;
        std::pop_heap(order.best.begin(), order.best.end());
        order.best.pop_back();
      }
      order.best.push_back(ranked);
      std::push_heap(order.best.begin(), order.best.end());
    }
  }
  rows_ += batch.rows->num_rows();
  return std::vector<std::unique_ptr<Block>>();
}

Result<std::vector<std::unique_ptr<Block>>> PoolRanks::Finish() {
  return std::vector<std::unique_ptr<Block>>();
}
Status PoolRanks::Append(std::unique_ptr<Block>) { return Status::OK(); }
Result<std::vector<OutputFile>> PoolRanks::Close() { return std::vector<OutputFile>(); }

PoolChoices PoolRanks::Choose() {
  PoolChoices choices;
  for (const Order& order : orders_) {
    std::vector<int64_t>& rows = choices.emplace_back();
    for (const Ranked& ranked : order.best) rows.push_back(ranked.row);
    std::sort(rows.begin(), rows.end());
  }
  return choices;
}

}  // namespace hubmill

// A table in memory, for tests: batches of a few rows, each where a scan may start.
#pragma once

#include <arrow/api.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "view/row_table.h"

namespace hubmill {

class FakeTable final : public RowTable {
 public:
  FakeTable(std::shared_ptr<arrow::RecordBatch> rows, int64_t batch_rows, bool can_start = true)
      : RowTable({}, {}), all_(std::move(rows)), batch_rows_(batch_rows), can_start_(can_start) {
    schema_ = all_->schema();
  }

  int64_t rows() const override { return can_start_ ? all_->num_rows() : -1; }
  Result<int64_t> CountRows(const std::atomic<bool>*) override { return all_->num_rows(); }

  Result<std::shared_ptr<arrow::RecordBatch>> Read(int64_t offset, int64_t length,
                                                   const std::vector<std::string>& columns,
                                                   const std::atomic<bool>*) override {
    return Columns(columns)->Slice(std::min(offset, all_->num_rows()), length);
  }

  Status Scan(const std::vector<std::string>& columns, RowSpan span, const Visit& visit) override {
    ++scans;
    const auto chosen = Columns(columns);
    const int64_t end = std::min(span.end_row, all_->num_rows());
    for (int64_t row = span.first_row; row < end; row += batch_rows_) {
      ARROW_ASSIGN_OR_RAISE(const bool more,
                            visit(chosen->Slice(row, std::min(batch_rows_, end - row)), row));
      if (!more) break;
    }
    return Status::OK();
  }

  std::vector<int64_t> Starts() const override {
    std::vector<int64_t> starts = {0};
    for (int64_t row = 2 * batch_rows_; can_start_ && row < all_->num_rows();
         row += 2 * batch_rows_) {
      starts.push_back(row);
    }
    return starts;
  }
  std::vector<int64_t> FileStarts() const override { return {0, all_->num_rows()}; }

  std::atomic<int> scans{0};

 private:
  std::shared_ptr<arrow::RecordBatch> Columns(const std::vector<std::string>& columns) const {
    if (columns.empty()) return all_;
    std::vector<std::shared_ptr<arrow::Field>> fields;
    arrow::ArrayVector arrays;
    for (const std::string& column : columns) {
      fields.push_back(schema_->GetFieldByName(column));
      arrays.push_back(all_->GetColumnByName(column));
    }
    return arrow::RecordBatch::Make(arrow::schema(fields), all_->num_rows(), arrays);
  }

  std::shared_ptr<arrow::RecordBatch> all_;
  int64_t batch_rows_;
  bool can_start_;
};

inline std::shared_ptr<arrow::RecordBatch> RowsOf(
    const std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>& columns) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  arrow::ArrayVector arrays;
  for (const auto& [name, array] : columns) {
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), arrays.empty() ? 0 : arrays[0]->length(),
                                  arrays);
}

inline std::shared_ptr<arrow::Array> ArrayOf(const std::shared_ptr<arrow::DataType>& type,
                                             const std::string& json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

inline std::shared_ptr<arrow::Array> Doubles(const std::vector<double>& values) {
  arrow::DoubleBuilder builder;
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return builder.Finish().ValueOrDie();
}
inline std::shared_ptr<arrow::Array> Integers(const std::vector<int64_t>& values) {
  arrow::Int64Builder builder;
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return builder.Finish().ValueOrDie();
}
inline std::shared_ptr<arrow::Array> Texts(const std::vector<std::string>& values) {
  arrow::StringBuilder builder;
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return builder.Finish().ValueOrDie();
}

}  // namespace hubmill

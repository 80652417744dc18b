// The columns of a normalized row: their order and types, and how a row is appended to them.
#pragma once

#include <arrow/array/builder_base.h>
#include <arrow/buffer_builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"
#include "llm/normalize_row.h"

namespace hubmill {

struct ColumnChoice {
  bool compat = false;    // The original's 30 columns only, and source_tools_json.
  bool eval_json = true;  // meta_eval_json holds the evaluation as it came.
};

/// source_tools_json comes last; the stage tools_catalog takes it away.
std::shared_ptr<arrow::Schema> NormalSchema(const ColumnChoice& choice);

/// What a row has of its place.
struct RowPlace {
  std::string_view dataset;
  std::string_view domain;
  std::string_view split;
  std::string_view difficulty;
  std::string_view template_version;
  std::string_view loss_mode;
  std::string_view file;
  int64_t row = 0;
};

/// Not thread-safe.
class NormalColumns {
 public:
  NormalColumns(const std::shared_ptr<arrow::Schema>& schema, const ColumnChoice& choice);

  /// Room for so many rows whose texts hold so many bytes together.
  Status Reserve(int64_t rows, int64_t text_bytes);
  void Append(const NormalRow& row, const RowPlace& place);
  /// A row that is dropped: only its place counts.
  void AppendNulls();
  Result<std::shared_ptr<arrow::RecordBatch>> Finish(int64_t rows);

 private:
  void AppendSource(const NormalRow& row);
  void AppendCorrectness(const Correctness& correctness);
  void AppendFurther(const NormalRow& row, const RowPlace& place);

  // Each appends to the next column.
  void Text(std::optional<std::string_view> value);
  void Bool(std::optional<bool> value);
  void Int(std::optional<int64_t> value);
  void Real(std::optional<double> value);
  void Texts(const JsonNode* list);
  template <typename Builder>
  Builder& Next() {
    return static_cast<Builder&>(*builders_[at_++]);
  }

  void MainText(std::string_view text);

  std::shared_ptr<arrow::Schema> schema_;
  ColumnChoice choice_;
  // The column `text` is nearly all there is: it is kept in blocks of one size, without a copy at
  // the end, so that the pool hands the same ones out again.
  arrow::BufferBuilder texts_;
  arrow::TypedBufferBuilder<int32_t> text_ends_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
  size_t at_ = 0;
  Status status_;
  std::string scratch_;
};

}  // namespace hubmill

// clean_text: cleans text columns by the rules of text/clean.h.
//
// A cleaned text is never longer than the text, so a column is cleaned from its value buffer into
// one new buffer of the same size: no allocation for each row.  Nulls stay null.
#include "stages/clean_text.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/bitmap_ops.h>

#include <cstring>

#include "core/bulk_pool.h"
#include "stages/columns.h"
#include "text/clean.h"

namespace hubmill {
namespace {

struct CleanTextOptions {
  std::vector<std::string> columns;
  int64_t version = 1;
  std::string empty = "keep";
  static void Describe(OptionTable<CleanTextOptions>& table) {
    table.Field("columns", &CleanTextOptions::columns, "The text columns to clean.").Required();
    table
        .Field("version", &CleanTextOptions::version,
               "Rules: 1 is bit-exact with the original Python, 2 is what one would want.")
        .Range(1, 2);
    table
        .Field("empty", &CleanTextOptions::empty,
               "What becomes of a text that is empty afterwards: keep, drop the row, or null.")
        .Choices({"keep", "drop", "null"});
  }
};

/// One cleaned column and which of its texts are empty now.
struct Cleaned {
  std::shared_ptr<arrow::Array> array;
  std::vector<int64_t> empty_rows;  // Ascending; nulls are not among them.
};

template <typename TextArray>
Result<Cleaned> CleanColumn(const arrow::Array& input, int64_t version) {
  using Offset = typename TextArray::offset_type;
  const TextView text(input);
  const int64_t rows = text.size();
  const int64_t bytes = static_cast<const TextArray&>(input).total_values_length();
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<arrow::Buffer> offsets,
                        arrow::AllocateBuffer((rows + 1) * int64_t(sizeof(Offset))));
  ARROW_ASSIGN_OR_RAISE(
      std::unique_ptr<arrow::ResizableBuffer> values,
      arrow::AllocateResizableBuffer(bytes + int64_t(kCleanSlackBytes), BulkPool()));
  auto* offset = reinterpret_cast<Offset*>(offsets->mutable_data());
  auto* out = reinterpret_cast<char*>(values->mutable_data());
  Cleaned cleaned;
  std::string scratch;
  size_t end = 0;
  offset[0] = 0;
  for (int64_t row = 0; row < rows; ++row) {
    if (!text.IsNull(row)) {
      size_t length = 0;
      if (version == 1) {
        length = CleanTextV1(text[row], out + end);
      } else {
        CleanTextV2(text[row], &scratch);
        length = scratch.size();
        if (length > 0) std::memcpy(out + end, scratch.data(), length);
      }
      if (length == 0) cleaned.empty_rows.push_back(row);
      end += length;
    }
    offset[row + 1] = Offset(end);
  }
  ARROW_RETURN_NOT_OK(values->Resize(int64_t(end)));
  std::shared_ptr<arrow::Buffer> valid;
  if (input.null_count() > 0) {
    ARROW_ASSIGN_OR_RAISE(
        valid, arrow::internal::CopyBitmap(arrow::default_memory_pool(), input.null_bitmap_data(),
                                           input.offset(), rows));
  }
  cleaned.array = std::make_shared<TextArray>(
      rows, std::shared_ptr<arrow::Buffer>(std::move(offsets)),
      std::shared_ptr<arrow::Buffer>(std::move(values)), std::move(valid), input.null_count());
  return cleaned;
}

/// The same array with the rows given null.
Result<std::shared_ptr<arrow::Array>> WithNulls(const std::shared_ptr<arrow::Array>& array,
                                                const std::vector<int64_t>& rows) {
  auto data = array->data()->Copy();
  const int64_t count = array->length();
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> valid, arrow::AllocateBitmap(count));
  if (array->null_bitmap_data() != nullptr) {
    arrow::internal::CopyBitmap(array->null_bitmap_data(), array->offset(), count,
                                valid->mutable_data(), 0);
  } else {
    std::memset(valid->mutable_data(), 0xFF, size_t(valid->size()));
  }
  for (int64_t row : rows) arrow::bit_util::ClearBit(valid->mutable_data(), row);
  data->buffers[0] = std::move(valid);
  data->SetNullCount(array->null_count() + int64_t(rows.size()));
  return arrow::MakeArray(data);
}

class CleanText : public Transform {
 public:
  static Result<std::unique_ptr<CleanText>> Make(CleanTextOptions options) {
    ARROW_RETURN_NOT_OK(CheckNameList(options.columns, "columns"));
    auto stage = std::make_unique<CleanText>();
    stage->options_ = std::move(options);
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    for (const std::string& name : options_.columns) {
      ARROW_ASSIGN_OR_RAISE(int index, TextColumnIndex(*input, name));
      columns_.push_back(index);
    }
    return input;
  }

  Result<Applied> Apply(const Batch& input) const override {
    auto columns = input.rows->columns();
    std::vector<bool> empty(size_t(input.rows->num_rows()), false);
    Applied applied;
    int64_t emptied = 0;
    for (int index : columns_) {
      auto& column = columns[size_t(index)];
      ARROW_ASSIGN_OR_RAISE(Cleaned cleaned,
                            column->type_id() == arrow::Type::STRING
                                ? CleanColumn<arrow::StringArray>(*column, options_.version)
                                : CleanColumn<arrow::LargeStringArray>(*column, options_.version));
      column = std::move(cleaned.array);
      emptied += int64_t(cleaned.empty_rows.size());
      if (options_.empty == "null" && !cleaned.empty_rows.empty()) {
        ARROW_ASSIGN_OR_RAISE(column, WithNulls(column, cleaned.empty_rows));
      }
      for (int64_t row : cleaned.empty_rows) empty[size_t(row)] = true;
    }
    if (options_.empty == "drop") {
      for (size_t row = 0; row < empty.size(); ++row) {
        if (empty[row]) applied.drops.push_back({.row = int64_t(row), .reason = "empty_text"});
      }
    }
    if (emptied > 0) applied.counts["empty_texts"] = emptied;
    applied.rows =
        arrow::RecordBatch::Make(input.rows->schema(), input.rows->num_rows(), std::move(columns));
    return applied;
  }

 private:
  CleanTextOptions options_;
  std::vector<int> columns_;
};

}  // namespace

StageEntry CleanTextStage() {
  return DefineStage<CleanText, CleanTextOptions>(
      {.name = "clean_text",
       .summary = "Removes URLs and tags from text columns and brings white space into order.",
       .details =
           "Version 1 does what this Python does, bit for bit, in this order: delete "
           "`https?://\\S+|www\\.\\S+`; delete `<.*?>`; line feed to blank; runs of white space to "
           "one blank; trim.  Its oddities are kept: \"5 < 6 and 7 > 3\" becomes \"5 3\", and a "
           "tag "
           "over two lines stays.\n\n"
           "Version 2 is opt-in: URLs in any case, real tags only (over lines too), entities "
           "decoded, zero-width characters removed where they mean nothing.\n\n"
           "Null stays null.  `empty` says what becomes of a text of which nothing remains: `keep` "
           "it, `drop` the row with the reason `empty_text`, or make it `null`.  They are counted "
           "as `empty_texts`.\n\n"
           "Refused: a column that does not exist (the error names the nearest one) or is not "
           "text.",
       .example = "- clean_text: grievance\n- clean_text: {columns: [title, body], version: 2, "
                  "empty: drop}\n",
       .shorthand = "columns"});
}

}  // namespace hubmill

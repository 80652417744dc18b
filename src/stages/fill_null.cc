// fill_null: a text or an empty list in place of null, also in the fields of structs: for readers
// that know no null.
#include "stages/fill_null.h"

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/util/bitmap_ops.h>

#include "stages/columns.h"
#include "stages/field_path.h"

namespace hubmill {
namespace {

struct FillNullOptions {
  StringMap columns;
  std::vector<std::string> lists;
  static void Describe(OptionTable<FillNullOptions>& table) {
    table.Field("columns", &FillNullOptions::columns,
                "Column, or `struct.field`: the text in place of null.");
    table.Field("lists", &FillNullOptions::lists,
                "Columns, or `struct.field`, of lists: an empty one in place of null.");
  }
};

template <typename Builder>
Result<std::shared_ptr<arrow::Array>> FilledTexts(const arrow::Array& column,
                                                  const std::string& text) {
  const TextView view(column);
  Builder builder;
  for (int64_t row = 0; row < view.size(); ++row) {
    ARROW_RETURN_NOT_OK(builder.Append(view.IsNull(row) ? std::string_view(text) : view[row]));
  }
  return builder.Finish();
}

/// Lists that are null may cover values, which nobody shows.
Result<std::shared_ptr<arrow::Array>> FilledLists(const arrow::ListArray& column) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Array> values, column.Flatten());
  arrow::Int32Builder offsets;
  int32_t end = 0;
  ARROW_RETURN_NOT_OK(offsets.Append(end));
  for (int64_t row = 0; row < column.length(); ++row) {
    if (column.IsValid(row)) end += column.value_length(row);
    ARROW_RETURN_NOT_OK(offsets.Append(end));
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Array> made, offsets.Finish());
  return std::make_shared<arrow::ListArray>(column.type(), column.length(),
                                            static_cast<const arrow::Int32Array&>(*made).values(),
                                            std::move(values));
}

/// `array` with `text`, or an empty list, in place of the nulls at `path`, whose first `depth`
/// steps led to it.
Result<std::shared_ptr<arrow::Array>> Filled(const std::shared_ptr<arrow::Array>& array,
                                             const FieldPath& path, size_t depth,
                                             const std::string& text) {
  if (depth == path.size()) {
    if (array->null_count() == 0) return array;
    if (array->type_id() == arrow::Type::LIST) {
      return FilledLists(static_cast<const arrow::ListArray&>(*array));
    }
    return array->type_id() == arrow::Type::LARGE_STRING
               ? FilledTexts<arrow::LargeStringBuilder>(*array, text)
               : FilledTexts<arrow::StringBuilder>(*array, text);
  }
  const auto& whole = static_cast<const arrow::StructArray&>(*array);
  arrow::ArrayVector fields = whole.fields();  // Cut to the array's own rows.
  auto& field = fields[size_t(path[depth])];
  ARROW_ASSIGN_OR_RAISE(field, Filled(field, path, depth + 1, text));
  std::shared_ptr<arrow::Buffer> valid = whole.null_bitmap();
  if (valid != nullptr && whole.offset() != 0) {
    ARROW_ASSIGN_OR_RAISE(valid,
                          arrow::internal::CopyBitmap(arrow::default_memory_pool(), valid->data(),
                                                      whole.offset(), whole.length()));
  }
  return std::make_shared<arrow::StructArray>(whole.type(), whole.length(), std::move(fields),
                                              std::move(valid));
}

class FillNull : public Transform {
 public:
  static Result<std::unique_ptr<FillNull>> Make(FillNullOptions options) {
    if (options.columns.empty() && options.lists.empty()) {
      return WrongUsage("columns is empty; remedy: write {column: text}");
    }
    auto stage = std::make_unique<FillNull>();
    stage->options_ = std::move(options);
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    for (const auto& [name, text] : options_.columns) {
      ARROW_ASSIGN_OR_RAISE(FieldPath path, FindTextField(*input, name));
      texts_.emplace_back(std::move(path), text);
    }
    for (const std::string& name : options_.lists) {
      std::shared_ptr<arrow::DataType> type;
      ARROW_ASSIGN_OR_RAISE(FieldPath path, FindField(*input, name, &type));
      if (type->id() != arrow::Type::LIST) {
        return DataRefused("no list: column=", name, " type=", type->ToString(),
                           "; remedy: name a list");
      }
      texts_.emplace_back(std::move(path), "");
    }
    return input;
  }

  Result<Applied> Apply(const Batch& input) const override {
    arrow::ArrayVector columns = input.rows->columns();
    for (const auto& [path, text] : texts_) {
      auto& column = columns[size_t(path.front())];
      ARROW_ASSIGN_OR_RAISE(column, Filled(column, path, 1, text));
    }
    Applied applied;
    applied.rows =
        arrow::RecordBatch::Make(input.rows->schema(), input.rows->num_rows(), std::move(columns));
    return applied;
  }

 private:
  FillNullOptions options_;
  std::vector<std::pair<FieldPath, std::string>> texts_;
};

}  // namespace

StageEntry FillNullStage() {
  return DefineStage<FillNull, FillNullOptions>(
      {.name = "fill_null",
       .summary = "Puts a text, or an empty list, in place of null.",
       .details = "In columns, and in fields of structs, as `meta.author`; where the struct itself "
                  "is null it stays null.  No row is dropped.\n\n"
                  "Refused: a column or field that does not exist, or is neither text nor, among "
                  "`lists`, a list.",
       .example = "- fill_null: {columns: {note: \"\", meta.author: unknown}}\n",
       .shorthand = ""});
}

}  // namespace hubmill

// sort: orders all rows by some columns.  Only these columns are kept in memory; the executor
// spills the rows themselves.
#include "stages/sort.h"

#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_base.h>
#include <arrow/array/builder_binary.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>

#include <set>

#include "stages/columns.h"

namespace hubmill {
namespace {

struct SortStageOptions {
  std::vector<std::string> by;
  static void Describe(OptionTable<SortStageOptions>& table) {
    table
        .Field("by", &SortStageOptions::by,
               "The columns, most significant first; \"-name\" means descending.")
        .Required();
  }
};

struct SortColumn {
  std::string name;
  bool descending = false;
  int index = -1;
  std::unique_ptr<arrow::ArrayBuilder> values;
};

class Sort : public Arranger {
 public:
  static Result<std::unique_ptr<Sort>> Make(SortStageOptions options) {
    auto stage = std::make_unique<Sort>();
    std::vector<std::string> names;
    for (const std::string& by : options.by) {
      const bool descending = by.size() > 1 && by[0] == '-';
      names.push_back(descending ? by.substr(1) : by);
      stage->columns_.push_back({.name = names.back(), .descending = descending});
    }
    ARROW_RETURN_NOT_OK(CheckNameList(names, "by"));
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    ARROW_RETURN_NOT_OK(UseComputeKernels());
    for (SortColumn& column : columns_) {
      ARROW_ASSIGN_OR_RAISE(column.index, ColumnIndex(*input, column.name));
      const auto& type = input->field(column.index)->type();
      const bool sortable = IsText(*type) || arrow::is_integer(type->id()) ||
                            arrow::is_floating(type->id()) || type->id() == arrow::Type::BOOL ||
                            arrow::is_decimal(type->id()) ||
                            (arrow::is_temporal(type->id()) && arrow::is_primitive(type->id()));
      if (!sortable || type->id() == arrow::Type::HALF_FLOAT) {
        return DataRefused("values of this type have no order: column=", column.name,
                           " type=", type->ToString(),
                           "; remedy: sort by texts, numbers, bools or times");
      }
      // More than 2 GiB of text are possible over all rows, so texts are kept as large ones.
      ARROW_RETURN_NOT_OK(arrow::MakeBuilder(arrow::default_memory_pool(),
                                             IsText(*type) ? arrow::large_utf8() : type,
                                             &column.values));
    }
    return input;
  }

  Status Observe(const Batch& input, const Prepared* /*none*/) override {
    const int64_t rows = input.rows->num_rows();
    for (SortColumn& column : columns_) {
      const auto array = input.rows->column(column.index);
      if (!IsText(*array->type())) {
        ARROW_RETURN_NOT_OK(column.values->AppendArraySlice(*array->data(), 0, rows));
        continue;
      }
      auto& texts = static_cast<arrow::LargeStringBuilder&>(*column.values);
      const TextView view(*array);
      for (int64_t row = 0; row < rows; ++row) {
        ARROW_RETURN_NOT_OK(view.IsNull(row) ? texts.AppendNull() : texts.Append(view[row]));
      }
    }
    return Status::OK();
  }

  Result<Arrangement> Arrange(int /*threads*/) override {
    std::vector<std::shared_ptr<arrow::Field>> fields;
    arrow::ArrayVector arrays;
    std::vector<arrow::compute::SortKey> keys;
    for (SortColumn& column : columns_) {
      ARROW_ASSIGN_OR_RAISE(auto values, column.values->Finish());
      fields.push_back(arrow::field(column.name, values->type()));
      arrays.push_back(std::move(values));
      keys.emplace_back(arrow::FieldRef(int(keys.size())),
                        column.descending ? arrow::compute::SortOrder::Descending
                                          : arrow::compute::SortOrder::Ascending,
                        arrow::compute::NullPlacement::AtEnd);
    }
    const int64_t rows = arrays[0]->length();
    const auto table = arrow::RecordBatch::Make(arrow::schema(fields), rows, std::move(arrays));
    const arrow::compute::SortOptions options(keys);
    ARROW_ASSIGN_OR_RAISE(auto sorted, arrow::compute::SortIndices(arrow::Datum(table), options));
    const auto& indices = static_cast<const arrow::UInt64Array&>(*sorted);
    Arrangement arrangement;
    arrangement.order.resize(size_t(rows));
    for (int64_t i = 0; i < rows; ++i) arrangement.order[size_t(i)] = int64_t(indices.Value(i));
    return arrangement;
  }

 private:
  std::vector<SortColumn> columns_;
};

}  // namespace

StageEntry SortStage() {
  return DefineStage<Sort, SortStageOptions>(
      {.name = "sort",
       .summary = "Orders all rows by the columns named.",
       .details =
           "Ascending unless a minus stands before the name.  Texts are ordered by their bytes "
           "(UTF-8, so by code point), NaN comes after all numbers and null last, in both "
           "directions.  Rows that are equal in these columns keep their order.\n\n"
           "Memory: the values of the columns named (texts with 8 bytes more a row) and 16 bytes a "
           "row.  The other columns are spilled to disk.\n\n"
           "Refused: a column that does not exist (the error names the nearest one) and types "
           "without order, such as lists.",
       .example = "- sort: [lang, -score]\n",
       .shorthand = "by"});
}

}  // namespace hubmill

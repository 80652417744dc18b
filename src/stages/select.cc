// select: keeps some columns, in the order named, or all but some.  No value is copied.
#include "stages/select.h"

#include <set>

#include "stages/columns.h"

namespace hubmill {
namespace {

struct SelectOptions {
  std::vector<std::string> columns;
  std::vector<std::string> except;
  static void Describe(OptionTable<SelectOptions>& table) {
    table.Field("columns", &SelectOptions::columns, "The columns that stay, in this order.");
    table.Field("except", &SelectOptions::except,
                "The columns that go; all others stay, in the order they had.");
  }
};

class Select : public Transform {
 public:
  static Result<std::unique_ptr<Select>> Make(SelectOptions options) {
    if (options.columns.empty() == options.except.empty()) {
      return WrongUsage(
          "select needs exactly one of columns and except; remedy: name columns "
          "that stay, or columns that go");
    }
    ARROW_RETURN_NOT_OK(options.columns.empty() ? CheckNameList(options.except, "except")
                                                : CheckNameList(options.columns, "columns"));
    auto stage = std::make_unique<Select>();
    stage->options_ = std::move(options);
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    if (!options_.columns.empty()) {
      ARROW_ASSIGN_OR_RAISE(indices_, ColumnIndices(*input, options_.columns));
    } else {
      ARROW_ASSIGN_OR_RAISE(std::vector<int> gone, ColumnIndices(*input, options_.except));
      const std::set<int> goes(gone.begin(), gone.end());
      for (int i = 0; i < input->num_fields(); ++i) {
        if (goes.count(i) == 0) indices_.push_back(i);
      }
      if (indices_.empty()) {
        return DataRefused("no column would remain: option=except; remedy: keep at least one");
      }
    }
    std::vector<std::shared_ptr<arrow::Field>> fields;
    for (int index : indices_) fields.push_back(input->field(index));
    schema_ = arrow::schema(std::move(fields), input->metadata());
    return schema_;
  }

  Result<Applied> Apply(const Batch& input) const override {
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (int index : indices_) columns.push_back(input.rows->column(index));
    Applied applied;
    applied.rows = arrow::RecordBatch::Make(schema_, input.rows->num_rows(), std::move(columns));
    return applied;
  }

 private:
  SelectOptions options_;
  std::vector<int> indices_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

StageEntry SelectStage() {
  return DefineStage<Select, SelectOptions>(
      {.name = "select",
       .summary = "Keeps the columns named, in that order, or all but the columns named.",
       .details =
           "Give either `columns` or `except`.  No value is copied or changed, and no row is "
           "dropped.\n\n"
           "Refused: a column that does not exist (the error names the nearest one), a column "
           "named twice, and an `except` that leaves nothing.",
       .example = "- select: [question, answer]\n- select: {except: [internal_id]}\n",
       .shorthand = "columns"});
}

}  // namespace hubmill

// filter: keeps the rows for which a condition holds.  The condition is compiled to Arrow compute
// calls when the schema is known, then evaluated once a batch.
#include "stages/filter.h"

#include <arrow/array/array_primitive.h>
#include <arrow/compute/exec.h>
#include <arrow/scalar.h>

#include "stages/columns.h"
#include "stages/expression.h"

namespace hubmill {
namespace {

struct FilterOptions {
  std::string where;
  std::string reason = "filter";
  static void Describe(OptionTable<FilterOptions>& table) {
    table.Field("where", &FilterOptions::where, "The condition for a row to stay.").Required();
    table.Field("reason", &FilterOptions::reason, "What dropped rows are counted under.");
  }
};

class Filter : public Transform {
 public:
  static Result<std::unique_ptr<Filter>> Make(FilterOptions options) {
    auto stage = std::make_unique<Filter>();
    ARROW_ASSIGN_OR_RAISE(stage->root_, ParseExpression(options.where));
    stage->reason_ = std::move(options.reason);
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    ARROW_ASSIGN_OR_RAISE(condition_, BindExpression(*root_, *input));
    return input;
  }

  Result<Applied> Apply(const Batch& input) const override {
    Applied applied;
    applied.rows = input.rows;
    const int64_t rows = input.rows->num_rows();
    if (rows == 0) return applied;
    const auto result =
        arrow::compute::ExecuteScalarExpression(condition_, arrow::compute::ExecBatch(*input.rows));
    if (!result.ok()) {  // Arrow's message may show a value, so it is not passed on.
      return DataRefused("condition cannot be computed, a number is too large: first row=",
                         input.origins.At(0).row,
                         "; remedy: compare smaller numbers, or cast to float64 before");
    }
    if (result->is_scalar()) {
      const auto& truth = result->scalar_as<arrow::BooleanScalar>();
      if (!truth.is_valid || !truth.value) DropAll(rows, &applied);
      return applied;
    }
    const auto array = result->make_array();
    const auto& truth = static_cast<const arrow::BooleanArray&>(*array);
    for (int64_t row = 0; row < rows; ++row) {
      if (truth.IsNull(row) || !truth.Value(row)) {
        applied.drops.push_back({.row = row, .reason = reason_.c_str()});
      }
    }
    return applied;
  }

 private:
  void DropAll(int64_t rows, Applied* applied) const {
    for (int64_t row = 0; row < rows; ++row) {
      applied->drops.push_back({.row = row, .reason = reason_.c_str()});
    }
  }

  std::string reason_;
  ExpressionPtr root_;
  arrow::compute::Expression condition_;
};

}  // namespace

StageEntry FilterStage() {
  StageEntry entry = DefineStage<Filter, FilterOptions>(
      {.name = "filter",
       .summary = "Keeps the rows for which a condition over the columns holds.",
       .details =
           "Columns stand bare or in `\"double quotes\"`, fields of a struct as `meta.source`, "
           "texts in `'single quotes'` (a quote inside is doubled).\n\n"
           "| | |\n|---|---|\n"
           "| compare | `== != < <= > >=`, `x in ('a', 'b')`, `x not in (1, 2)`, `x is null`, "
           "`x is not null` |\n"
           "| combine | `and`, `or`, `not`, parentheses |\n"
           "| compute | `+ - * / %`; `/` gives a float64, `%` has the sign of the divisor, both "
           "give null for a zero divisor |\n"
           "| text | `length(x)` in characters (also items of a list), `lower(x)`, `upper(x)`, "
           "`contains(x, 'a')`, `starts_with(x, 'a')`, `ends_with(x, 'a')`, `matches(x, 'RE2 "
           "pattern')` anywhere in the text |\n"
           "| times | compare with a text: `day >= '2025-01-31'`, UTC where no zone stands |\n\n"
           "Null works as in SQL: a comparison with null is null, `null and false` is false.  A "
           "row "
           "whose result is null is dropped.  The reason of all dropped rows is `filter`, or "
           "`reason`.\n\n"
           "Refused, with the position in the expression: syntax errors, a column that does not "
           "exist (the nearest is named), types that cannot be compared, a pattern that RE2 does "
           "not take, more than 500 operators or 64 levels.  Integers that overflow refuse the "
           "run.",
       .example =
           "- filter: \"length(text) >= 20 and lang in ('ne', 'en') and score is not null\"\n",
       .shorthand = "where"});
  entry.check = [described = entry.check](const Setting& setting, const OptionContext& context,
                                          ErrorList* errors) {
    Setting written = described(setting, context, errors);
    const Setting* where = written.kind == Setting::Kind::kMap ? written.Find("where") : nullptr;
    if (errors->empty() && where != nullptr) {
      const auto parsed = ParseExpression(where->scalar);
      if (!parsed.ok()) {
        errors->Add(context.file, setting.mark, context.owner + ": " + parsed.status().message());
      }
    }
    return written;
  };
  return entry;
}

}  // namespace hubmill

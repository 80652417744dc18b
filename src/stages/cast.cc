// cast: changes the type of columns, exactly or not at all.
//
// Arrow casts a whole column at once and says only that some value failed.  To find which, a failed
// range is halved until single rows remain: a batch without bad values costs one cast, and each bad
// value about log2(rows) more.
#include "stages/cast.h"

#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/compute/cast.h>

#include "stages/columns.h"

namespace hubmill {
namespace {

struct CastStageOptions {
  StringMap columns;
  std::string on_error = "fail";
  static void Describe(OptionTable<CastStageOptions>& table) {
    table.Field("columns", &CastStageOptions::columns, "Column name: new type.").Required();
    table
        .Field("on_error", &CastStageOptions::on_error,
               "What becomes of a value that the type cannot hold: fail the run, null, or drop "
               "the row.")
        .Choices({"fail", "null", "drop"});
  }
};

struct CastTarget {
  std::string name;
  std::shared_ptr<arrow::DataType> type;
  int index = -1;
};

/// Casts `values`; rows that fail become null and are added to `bad`, counted from `base`.
Status CastRange(const std::shared_ptr<arrow::Array>& values, const CastTarget& target,
                 int64_t base, arrow::ArrayVector* pieces, std::vector<int64_t>* bad) {
  auto cast = arrow::compute::Cast(*values, target.type);
  if (cast.ok()) {
    pieces->push_back(std::move(cast).ValueUnsafe());
    return Status::OK();
  }
  if (cast.status().IsOutOfMemory()) return cast.status();
  const int64_t count = values->length();
  if (count <= 1) {
    bad->push_back(base);
    ARROW_ASSIGN_OR_RAISE(auto null, arrow::MakeArrayOfNull(target.type, count));
    pieces->push_back(std::move(null));
    return Status::OK();
  }
  const int64_t half = count / 2;
  ARROW_RETURN_NOT_OK(CastRange(values->Slice(0, half), target, base, pieces, bad));
  return CastRange(values->Slice(half), target, base + half, pieces, bad);
}

class Cast : public Transform {
 public:
  static Result<std::unique_ptr<Cast>> Make(CastStageOptions options) {
    auto stage = std::make_unique<Cast>();
    for (const auto& [name, text] : options.columns) {
      ARROW_ASSIGN_OR_RAISE(auto type, ParseColumnType(text));
      stage->targets_.push_back({.name = name, .type = std::move(type)});
    }
    if (options.columns.empty()) {
      return WrongUsage("no column named: option=columns; remedy: write {column: type}");
    }
    stage->options_ = std::move(options);
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    ARROW_RETURN_NOT_OK(UseComputeKernels());
    schema_ = input;
    for (CastTarget& target : targets_) {
      ARROW_ASSIGN_OR_RAISE(target.index, ColumnIndex(*input, target.name));
      const auto& field = input->field(target.index);
      if (field->type()->Equals(target.type)) continue;
      ARROW_ASSIGN_OR_RAISE(auto none, arrow::MakeEmptyArray(field->type()));
      if (!arrow::compute::CanCast(*field->type(), *target.type) ||
          !arrow::compute::Cast(*none, target.type).ok()) {
        return DataRefused("no cast between these types: column=", target.name,
                           " from=", field->type()->ToString(), " to=", target.type->ToString(),
                           "; remedy: choose another type");
      }
      ARROW_ASSIGN_OR_RAISE(
          schema_, schema_->SetField(target.index, arrow::field(target.name, target.type)));
    }
    return schema_;
  }

  Result<Applied> Apply(const Batch& input) const override {
    const int64_t rows = input.rows->num_rows();
    std::vector<std::shared_ptr<arrow::Array>> columns = input.rows->columns();
    std::vector<int> bad_target(size_t(rows), -1);  // The first target that failed in a row.
    bool any_bad = false;
    for (size_t i = 0; i < targets_.size(); ++i) {
      const CastTarget& target = targets_[i];
      auto& column = columns[size_t(target.index)];
      if (column->type()->Equals(target.type)) continue;
      arrow::ArrayVector pieces;
      std::vector<int64_t> bad;
      ARROW_RETURN_NOT_OK(CastRange(column, target, 0, &pieces, &bad));
      ARROW_ASSIGN_OR_RAISE(column, pieces.size() == 1
                                        ? Result<std::shared_ptr<arrow::Array>>(pieces[0])
                                        : arrow::Concatenate(pieces));
      for (int64_t row : bad) {
        any_bad = true;
        if (bad_target[size_t(row)] < 0) bad_target[size_t(row)] = int(i);
      }
    }
    Applied applied;
    applied.rows = arrow::RecordBatch::Make(schema_, rows, std::move(columns));
    if (any_bad) Account(bad_target, &applied);
    return applied;
  }

 private:
  void Account(const std::vector<int>& bad_target, Applied* applied) const {
    for (size_t row = 0; row < bad_target.size(); ++row) {
      if (bad_target[row] < 0) continue;
      ++applied->counts["uncastable_rows"];
      if (options_.on_error == "drop") {
        applied->drops.push_back({.row = int64_t(row), .reason = "cast"});
      } else if (options_.on_error == "fail") {
        const CastTarget& target = targets_[size_t(bad_target[row])];
        applied->violations.push_back(
            {.row = int64_t(row),
             .what = Concat("value does not fit the type: column=", target.name,
                            " type=", target.type->ToString())});
      }
    }
  }

  CastStageOptions options_;
  std::vector<CastTarget> targets_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

StageEntry CastStage() {
  return DefineStage<Cast, CastStageOptions>(
      {.name = "cast",
       .summary = "Changes the type of columns.",
       .details =
           "Types are written as in a source's `schema`: `int64`, `float64`, `string`, `bool`, "
           "`date`, `timestamp`, `list<string>` and so on.  A cast is exact: 3.5 is not an int64, "
           "3,000,000,000 is not an int32, \"yes\" is not a bool.  Null stays null.\n\n"
           "`on_error` says what becomes of a value that the type cannot hold.  `fail` looks at "
           "all rows, then refuses the run and names column and row, never the value; `null` puts "
           "a null in its place; `drop` drops the row with the reason `cast`.  The count is "
           "`uncastable_rows`.\n\n"
           "Refused: an unknown type, a column that does not exist, and a pair of types between "
           "which no cast exists.",
       .example = "- cast: {columns: {label: int64, score: float64}, on_error: drop}\n",
       .shorthand = ""});
}

}  // namespace hubmill

// dedup_exact: drops or marks rows whose key columns hold what an earlier row held.
//
// The rows' 128-bit keys are computed on all threads (Prepare); one thread then asks a set, in row
// order (Decide), so the first of equal rows stays whatever the threads do.
#include "stages/dedup_exact.h"

#include <arrow/array/builder_primitive.h>

#include <map>

#include "stages/columns.h"
#include "stages/key_set.h"
#include "stages/row_key.h"

namespace hubmill {
namespace {

constexpr size_t kPrefetchAhead = 16;

struct DedupExactOptions {
  std::vector<std::string> columns;
  std::string keep = "first";
  std::string action = "drop";
  std::string mark;
  bool by_split = false;
  static void Describe(OptionTable<DedupExactOptions>& table) {
    table.Field("columns", &DedupExactOptions::columns,
                "The columns that must be equal; empty means all.");
    table.Field("keep", &DedupExactOptions::keep, "Which of equal rows stays.").Choices({"first"});
    table.Field("action", &DedupExactOptions::action, "What becomes of the others.")
        .Choices({"drop", "mark"});
    table.Field("mark", &DedupExactOptions::mark,
                "Boolean column that says which rows are equal to an earlier one.");
    table.Field("by_split", &DedupExactOptions::by_split, "Also count them by split.");
  }
};

struct DedupKeys : Prepared {
  std::vector<RowKey> keys;
};

class DedupExact : public Decider {
 public:
  static Result<std::unique_ptr<DedupExact>> Make(DedupExactOptions options) {
    if (!options.columns.empty()) {
      ARROW_RETURN_NOT_OK(CheckNameList(options.columns, "columns"));
    }
    if (options.action == "mark" && options.mark.empty()) {
      return WrongUsage("dedup_exact needs a column for the mark; remedy: mark: is_duplicate");
    }
    auto stage = std::make_unique<DedupExact>();
    stage->options_ = std::move(options);
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    const std::vector<std::string> names =
        options_.columns.empty() ? input->field_names() : options_.columns;
    ARROW_ASSIGN_OR_RAISE(columns_, ColumnIndices(*input, names));
    for (int column : columns_) {
      ARROW_RETURN_NOT_OK(
          CheckKeyType(input->field(column)->name(), *input->field(column)->type()));
    }
    if (options_.mark.empty()) return input;
    mark_ = arrow::field(options_.mark, arrow::boolean());
    mark_column_ = input->GetFieldIndex(options_.mark);
    return mark_column_ < 0 ? input->AddField(input->num_fields(), mark_)
                            : input->SetField(mark_column_, mark_);
  }

  Result<std::unique_ptr<Prepared>> Prepare(const Batch& input) const override {
    auto prepared = std::make_unique<DedupKeys>();
    ComputeRowKeys(*input.rows, columns_, &prepared->keys);
    return prepared;
  }

  Result<Applied> Decide(const Batch& input, const Prepared& prepared) override {
    const auto& keys = static_cast<const DedupKeys&>(prepared).keys;
    const bool drops = options_.action == "drop";
    std::vector<size_t> repeated;
    for (size_t row = 0; row < keys.size(); ++row) {
      if (row + kPrefetchAhead < keys.size()) seen_.Prefetch(keys[row + kPrefetchAhead]);
      if (!seen_.Insert(keys[row])) repeated.push_back(row);
    }
    Applied applied;
    applied.rows = input.rows;
    for (const size_t row : repeated) {
      if (drops) applied.drops.push_back({.row = int64_t(row), .reason = "duplicate"});
      if (options_.by_split) ++by_split_[input.origins.At(int64_t(row)).split];
    }
    if (!drops && !repeated.empty()) applied.counts["duplicates"] = int64_t(repeated.size());
    if (mark_ == nullptr) return applied;
    ARROW_ASSIGN_OR_RAISE(applied.rows, WithMark(*input.rows, repeated));
    return applied;
  }

  Status Finish(std::map<std::string, int64_t>* counts) override {
    for (const auto& [split, rows] : by_split_) {
      (*counts)[Concat("duplicates_of_split_", split)] = rows;
    }
    return Status::OK();
  }

 private:
  Result<std::shared_ptr<arrow::RecordBatch>> WithMark(const arrow::RecordBatch& rows,
                                                       const std::vector<size_t>& repeated) const {
    std::vector<bool> marks(size_t(rows.num_rows()), false);
    for (const size_t row : repeated) marks[row] = true;
    arrow::BooleanBuilder builder;
    ARROW_RETURN_NOT_OK(builder.AppendValues(marks));
    ARROW_ASSIGN_OR_RAISE(auto column, builder.Finish());
    return mark_column_ < 0 ? rows.AddColumn(rows.num_columns(), mark_, std::move(column))
                            : rows.SetColumn(mark_column_, mark_, std::move(column));
  }

  DedupExactOptions options_;
  std::vector<int> columns_;
  KeySet seen_;
  std::shared_ptr<arrow::Field> mark_;  // Null: none is asked for.
  int mark_column_ = -1;                // -1: added at the end.
  std::map<int32_t, int64_t> by_split_;
};

}  // namespace

StageEntry DedupExactStage() {
  return DefineStage<DedupExact, DedupExactOptions>(
      {.name = "dedup_exact",
       .summary = "Drops or marks rows that are equal to an earlier row in the columns named.",
       .details =
           "Equal means the same values: no trimming, no folding of case.  Null equals null and "
           "differs from the empty text; 0.0 equals -0.0, NaN equals NaN.  Lists, structs and maps "
           "are compared by content.  The first of equal rows stays; the reason of the others is "
           "`duplicate`.  With `action: mark` all rows stay.  The column `mark` is true for rows "
           "that "
           "repeat an earlier one (with `action: drop` for none); it replaces a column of that "
           "name, "
           "else it comes last.  Marked rows are counted as `duplicates`; with `by_split` marked "
           "or "
           "dropped ones also as `duplicates_of_split_N`, N counted from 0.  Clean the text "
           "before, so that rows differing in white space meet.\n\n"
           "Memory: at most 24 bytes for each different row (a 128-bit XXH3 hash in a table with "
           "gaps), whatever the length of the rows: 24 MB for a million, 2.4 GB for a hundred "
           "million.  Two different rows are taken for equal with probability n²/2^129, 1 in 10^20 "
           "for a billion rows; somebody who knows XXH3 can write two such rows on purpose.\n\n"
           "Refused: a column that does not exist (the error names the nearest one), and types "
           "without equality, such as unions.",
       .example = "- dedup_exact: [question]\n"
                  "- dedup_exact: {columns: [text], action: mark, mark: is_duplicate}\n",
       .shorthand = "columns"});
}

}  // namespace hubmill

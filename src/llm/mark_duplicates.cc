// Like dedup_exact, with two things that candidate pools need: the rows may stay under a mark, and
// the count is by split.  So a row that a later filter drops has taken its place all the same.
#include "llm/mark_duplicates.h"

#include <arrow/array/builder_primitive.h>

#include <utility>

#include "stages/columns.h"
#include "stages/key_set.h"
#include "stages/row_key.h"

namespace hubmill {
namespace {

struct MarkDuplicatesOptions {
  std::vector<std::string> columns;
  std::string mark;
  bool drop = false;
  static void Describe(OptionTable<MarkDuplicatesOptions>& table) {
    using O = MarkDuplicatesOptions;
    table.Field("columns", &O::columns, "The columns that must be equal.").Required();
    table.Field("mark", &O::mark, "Boolean column that says so; empty: none.");
    table.Field("drop", &O::drop, "Drop what repeats, instead of keeping it under the mark.");
  }
};

struct RowKeys : Prepared {
  std::vector<RowKey> keys;
};

class MarkDuplicates : public Decider {
 public:
  static Result<std::unique_ptr<MarkDuplicates>> Make(MarkDuplicatesOptions options) {
    ARROW_RETURN_NOT_OK(CheckNameList(options.columns, "columns"));
    auto stage = std::make_unique<MarkDuplicates>();
    stage->options_ = std::move(options);
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    ARROW_ASSIGN_OR_RAISE(columns_, ColumnIndices(*input, options_.columns));
    for (const int column : columns_) {
      ARROW_RETURN_NOT_OK(
          CheckKeyType(input->field(column)->name(), *input->field(column)->type()));
    }
    if (options_.mark.empty()) return input;
    const auto field = arrow::field(options_.mark, arrow::boolean());
    mark_ = input->GetFieldIndex(options_.mark);
    if (mark_ < 0) {
      return DataRefused("no column of that name for the mark: column=", options_.mark,
                         "; remedy: add it by the stage constant, or leave `mark` out");
    }
    return input->SetField(mark_, field);
  }

  Result<std::unique_ptr<Prepared>> Prepare(const Batch& input) const override {
    auto prepared = std::make_unique<RowKeys>();
    ComputeRowKeys(*input.rows, columns_, &prepared->keys);
    return prepared;
  }

  Result<Applied> Decide(const Batch& input, const Prepared& prepared) override {
    const auto& keys = static_cast<const RowKeys&>(prepared).keys;
    Applied applied;
    applied.rows = input.rows;
    arrow::BooleanBuilder mark;
    ARROW_RETURN_NOT_OK(mark.Reserve(int64_t(keys.size())));
    for (size_t row = 0; row < keys.size(); ++row) {
      const bool repeats = !seen_.Insert(keys[row]);
      mark.UnsafeAppend(repeats);
      if (!repeats) continue;
      ++applied.counts["duplicates"];
      if (options_.drop) applied.drops.push_back({.row = int64_t(row), .reason = "duplicate"});
      const size_t split = size_t(input.origins.At(int64_t(row)).split);
      if (by_split_.size() <= split) by_split_.resize(split + 1);
      ++by_split_[split];
    }
    if (mark_ >= 0) {
      ARROW_ASSIGN_OR_RAISE(auto column, mark.Finish());
      ARROW_ASSIGN_OR_RAISE(
          applied.rows,
          applied.rows->SetColumn(mark_, arrow::field(options_.mark, arrow::boolean()), column));
    }
    return applied;
  }

  Status Finish(std::map<std::string, int64_t>* counts) override {
    for (size_t split = 0; split < by_split_.size(); ++split) {
      if (by_split_[split] > 0) (*counts)[Concat("duplicates_of_split_", split)] = by_split_[split];
    }
    return Status::OK();
  }

 private:
  MarkDuplicatesOptions options_;
  std::vector<int> columns_;
  int mark_ = -1;
  KeySet seen_;
  std::vector<int64_t> by_split_;
};

}  // namespace

StageEntry MarkDuplicatesStage() {
  return DefineStage<MarkDuplicates, MarkDuplicatesOptions>(
      {.name = "mark_duplicates",
       .summary = "Marks or drops rows that are equal to an earlier row in the columns named.",
       .details =
           "Equality is that of `dedup_exact`, and so is the memory: at most 24 bytes a different "
           "row. The count is `duplicates`, and by split `duplicates_of_split_N`; dropped rows "
           "have "
           "the reason `duplicate`.",
       .example = "- mark_duplicates: {columns: [text_sha1], mark: quality_is_duplicate}\n",
       .shorthand = "columns"});
}

}  // namespace hubmill

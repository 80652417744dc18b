// dedup_exact: drops rows whose key columns hold what an earlier row held.
//
// The rows' 128-bit keys are computed on all threads (Prepare); one thread then asks a set, in row
// order (Decide), so the first of equal rows stays whatever the threads do.
#include "stages/dedup_exact.h"

#include "stages/columns.h"
#include "stages/key_set.h"
#include "stages/row_key.h"

namespace hubmill {
namespace {

constexpr size_t kPrefetchAhead = 16;

struct DedupExactOptions {
  std::vector<std::string> columns;
  std::string keep = "first";
  static void Describe(OptionTable<DedupExactOptions>& table) {
    table.Field("columns", &DedupExactOptions::columns,
                "The columns that must be equal; empty means all.");
    table.Field("keep", &DedupExactOptions::keep, "Which of equal rows stays.").Choices({"first"});
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
    return input;
  }

  Result<std::unique_ptr<Prepared>> Prepare(const Batch& input) const override {
    auto prepared = std::make_unique<DedupKeys>();
    ComputeRowKeys(*input.rows, columns_, &prepared->keys);
    return prepared;
  }

  Result<Applied> Decide(const Batch& input, const Prepared& prepared) override {
    const auto& keys = static_cast<const DedupKeys&>(prepared).keys;
    Applied applied;
    applied.rows = input.rows;
    for (size_t row = 0; row < keys.size(); ++row) {
      if (row + kPrefetchAhead < keys.size()) seen_.Prefetch(keys[row + kPrefetchAhead]);
      if (!seen_.Insert(keys[row])) {
        applied.drops.push_back({.row = int64_t(row), .reason = "duplicate"});
      }
    }
    return applied;
  }

 private:
  DedupExactOptions options_;
  std::vector<int> columns_;
  KeySet seen_;
};

}  // namespace

StageEntry DedupExactStage() {
  return DefineStage<DedupExact, DedupExactOptions>(
      {.name = "dedup_exact",
       .summary = "Drops rows that are equal to an earlier row in the columns named.",
       .details =
           "Equal means the same values: no trimming, no folding of case.  Null equals null and "
           "differs from the empty text; 0.0 equals -0.0, NaN equals NaN.  Lists, structs and maps "
           "are compared by content.  The first of equal rows stays; the reason of the others is "
           "`duplicate`.  Clean the text before, so that rows differing in white space meet.\n\n"
           "Memory: at most 24 bytes for each different row (a 128-bit XXH3 hash in a table with "
           "gaps), whatever the length of the rows: 24 MB for a million, 2.4 GB for a hundred "
           "million.  Two different rows are taken for equal with probability n²/2^129, 1 in 10^20 "
           "for a billion rows; somebody who knows XXH3 can write two such rows on purpose.\n\n"
           "Refused: a column that does not exist (the error names the nearest one), and types "
           "without equality, such as unions.",
       .example = "- dedup_exact: [question]\n",
       .shorthand = "columns"});
}

}  // namespace hubmill

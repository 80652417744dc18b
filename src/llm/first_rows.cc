// A source that can stop early does so by itself (`split_rows_max` of jsonl); this is for the
// others, which are read to their end.
#include "llm/first_rows.h"

#include "core/stage.h"

namespace hubmill {
namespace {

struct FirstRowsOptions {
  int64_t rows = 1;
  static void Describe(OptionTable<FirstRowsOptions>& table) {
    table.Field("rows", &FirstRowsOptions::rows, "Rows that stay of each split.")
        .Required()
        .Range(0, 1e15);
  }
};

class FirstRows : public Decider {
 public:
  static Result<std::unique_ptr<FirstRows>> Make(FirstRowsOptions options) {
    auto stage = std::make_unique<FirstRows>();
    stage->rows_ = options.rows;
    return stage;
  }
  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    return input;
  }
  Result<std::unique_ptr<Prepared>> Prepare(const Batch&) const override {
    return std::make_unique<Prepared>();
  }
  Result<Applied> Decide(const Batch& input, const Prepared&) override {
    Applied applied;
    applied.rows = input.rows;
    int64_t row = 0;
    for (const RowRun& run : input.origins.runs()) {
      int64_t& seen = seen_[run.split];
      for (int64_t i = 0; i < run.count; ++i, ++row) {
        if (seen++ >= rows_) applied.drops.push_back({.row = row, .reason = "beyond_first_rows"});
      }
    }
    return applied;
  }

 private:
  int64_t rows_ = 0;
  std::map<int32_t, int64_t> seen_;  // By split.
};

}  // namespace

StageEntry FirstRowsStage() {
  return DefineStage<FirstRows, FirstRowsOptions>(
      {.name = "first_rows",
       .summary = "Keeps the first rows of each split.",
       .details = "The others are dropped under the reason `beyond_first_rows`. The whole input is "
                  "read.",
       .example = "- first_rows: 1000\n",
       .shorthand = "rows"});
}

}  // namespace hubmill

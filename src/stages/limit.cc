// A source that can stop early does so by itself (`split_rows_max` of jsonl); this is for the
// others, which are read to their end.
#include "stages/limit.h"

#include "core/stage.h"

namespace hubmill {
namespace {

struct LimitOptions {
  int64_t rows = 1;
  static void Describe(OptionTable<LimitOptions>& table) {
    table.Field("rows", &LimitOptions::rows, "Rows that stay of each split.")
        .Required()
        .Range(0, 1e15);
  }
};

class Limit : public Decider {
 public:
  static Result<std::unique_ptr<Limit>> Make(LimitOptions options) {
    auto stage = std::make_unique<Limit>();
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
        if (seen++ >= rows_) applied.drops.push_back({.row = row, .reason = "limit"});
      }
    }
    return applied;
  }

 private:
  int64_t rows_ = 0;
  std::map<int32_t, int64_t> seen_;  // By split.
};

}  // namespace

StageEntry LimitStage() {
  return DefineStage<Limit, LimitOptions>(
      {.name = "limit",
       .summary = "Keeps the first rows of each split.",
       .details = "The others are dropped under the reason `limit`. The whole input is "
                  "read.",
       .example = "- limit: 1000\n",
       .shorthand = "rows"});
}

}  // namespace hubmill

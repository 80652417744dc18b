// min_rows: refuses a data set that is too small, once all rows were counted and before any is
// seen.
#include "stages/min_rows.h"

#include "core/too_few_rows.h"

namespace hubmill {
namespace {

struct MinRowsOptions {
  int64_t rows = 1;
  static void Describe(OptionTable<MinRowsOptions>& table) {
    table.Field("rows", &MinRowsOptions::rows, "Rows that are enough; at least one is needed.")
        .Required()
        .Range(0, 1e15);
  }
};

class MinRows : public Decider {
 public:
  static Result<std::unique_ptr<MinRows>> Make(MinRowsOptions options) {
    auto stage = std::make_unique<MinRows>();
    stage->needed_ = std::max(options.rows, int64_t{1});
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
    rows_ += input.rows->num_rows();
    Applied applied;
    applied.rows = input.rows;
    return applied;
  }
  Status Finish(std::map<std::string, int64_t>*) override {
    return rows_ >= needed_ ? Status::OK() : Refusal({.rows = rows_, .needed = needed_});
  }

 private:
  int64_t needed_ = 1;
  int64_t rows_ = 0;
};

}  // namespace

StageEntry MinRowsStage() {
  return DefineStage<MinRows, MinRowsOptions>(
      {.name = "min_rows",
       .summary = "Refuses a data set of fewer rows.",
       .details =
           "All rows that reach this stage are counted; where they are fewer, nothing is written "
           "and "
           "the run is refused with both numbers (status 3). `hubmill feedback run` takes it for a "
           "data set to be skipped until there is more.",
       .example = "- min_rows: 1000\n",
       .shorthand = "rows"});
}

}  // namespace hubmill

// balance: keeps at most so many rows of each class, chosen by seed; never repeats a row.
#include "stages/balance.h"

#include <algorithm>

#include "base/mt19937.h"
#include "stages/class_column.h"

namespace hubmill {
namespace {

struct BalanceOptions {
  std::string by;
  std::optional<int64_t> rows;
  std::string to;
  int64_t seed = 42;
  static void Describe(OptionTable<BalanceOptions>& table) {
    table.Field("by", &BalanceOptions::by, "The column with the classes.").Required();
    table.Field("rows", &BalanceOptions::rows, "The most rows of a class.").Range(1, 1e15);
    table.Field("to", &BalanceOptions::to, "smallest: as many as the smallest class has.")
        .Choices({"", "smallest"});
    table.Field("seed", &BalanceOptions::seed, "Seed of the generator.")
        .Range(0, double(UINT32_MAX))
        .DefaultsToRunSeed();
  }
};

class Balance : public Arranger {
 public:
  explicit Balance(BalanceOptions options) : options_(std::move(options)), classes_(options_.by) {}

  static Result<std::unique_ptr<Balance>> Make(BalanceOptions options) {
    if (options.rows.has_value() == !options.to.empty()) {
      return WrongUsage(
          "balance needs exactly one of rows and to; remedy: write rows: 1000, or "
          "to: smallest");
    }
    return std::make_unique<Balance>(std::move(options));
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    ARROW_RETURN_NOT_OK(classes_.Bind(*input));
    return input;
  }

  Status Observe(const Batch& input, const Prepared* /*none*/) override {
    if (input.rows->num_rows() == 0) return Status::OK();
    return classes_.Observe(input);
  }

  Result<Arrangement> Arrange(int /*threads*/) override {
    const std::vector<int32_t> ids = classes_.Finish();
    const auto members = RowsByClass(ids, classes_.class_count());
    int64_t quota = options_.rows.value_or(int64_t(ids.size()));
    if (!options_.rows) {
      for (const auto& rows : members) quota = std::min(quota, int64_t(rows.size()));
    }
    Mt19937 random(uint32_t(options_.seed));
    Arrangement arrangement;
    arrangement.drop_reason = "balance";
    for (const auto& rows : members) {
      const auto count = int64_t(rows.size());
      if (count <= quota) {
        arrangement.order.insert(arrangement.order.end(), rows.begin(), rows.end());
        continue;
      }
      const std::vector<int64_t> drawn = random.Permutation(count);
      for (int64_t i = 0; i < quota; ++i) {
        arrangement.order.push_back(rows[size_t(drawn[size_t(i)])]);
      }
    }
    std::sort(arrangement.order.begin(), arrangement.order.end());
    arrangement.counts["classes"] = classes_.class_count();
    return arrangement;
  }

 private:
  BalanceOptions options_;
  ClassColumn classes_;
};

}  // namespace

StageEntry BalanceStage() {
  return DefineStage<Balance, BalanceOptions>(
      {.name = "balance",
       .summary = "Keeps at most so many rows of each class.",
       .details =
           "Rows are only left out, never repeated: a class with fewer rows keeps them all.  Which "
           "rows stay is drawn by the seed, class after class in ascending order; the rows keep "
           "their order.  The others are dropped with the reason `balance`.  Give `rows` or "
           "`to: smallest`.\n\n"
           "Memory: 4 bytes a row for the class, 16 for choosing.\n\n"
           "Refused: a row without a class, more than 100,000 classes, and a column that is not "
           "text, integer or bool.",
       .example = "- balance: {by: label, to: smallest}\n- balance: {by: lang, rows: 1000}\n",
       .shorthand = ""});
}

}  // namespace hubmill

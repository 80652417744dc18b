// sample: a seeded sample without replacement, the one pandas draws with the same seed; with `by`,
// each class in proportion.
#include "stages/sample.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/mt19937.h"
#include "stages/class_column.h"

namespace hubmill {
namespace {

struct SampleOptions {
  std::optional<int64_t> rows;
  std::optional<double> ratio;
  std::string by;
  std::string order = "input";
  int64_t seed = 42;
  static void Describe(OptionTable<SampleOptions>& table) {
    table.Field("rows", &SampleOptions::rows, "How many rows come out, if there are so many.")
        .Range(0, 1e15);
    table.Field("ratio", &SampleOptions::ratio, "The part that comes out, rounded down.")
        .Range(0, 1);
    table.Field("by", &SampleOptions::by, "A column of classes to draw from in proportion.");
    table.Field("order", &SampleOptions::order, "input: as the rows came; sample: as drawn.")
        .Choices({"input", "sample"});
    table.Field("seed", &SampleOptions::seed, "Seed of the generator.")
        .Range(0, double(UINT32_MAX))
        .DefaultsToRunSeed();
  }
};

/// Shares `total` out in proportion to `counts`: rounded down, then one more for the largest
/// remainders, the lower class first where they are equal.
std::vector<int64_t> ShareOut(const std::vector<int64_t>& counts, int64_t total) {
  const int64_t sum = std::accumulate(counts.begin(), counts.end(), int64_t(0));
  std::vector<int64_t> shares(counts.size());
  std::vector<std::pair<int64_t, size_t>> remainders;  // Negated, so that sorting is stable.
  int64_t left = total;
  for (size_t i = 0; i < counts.size() && sum > 0; ++i) {
    const auto product = static_cast<__int128>(counts[i]) * total;
    shares[i] = int64_t(product / sum);
    remainders.emplace_back(-int64_t(product % sum), i);
    left -= shares[i];
  }
  std::sort(remainders.begin(), remainders.end());
  for (size_t k = 0; k < remainders.size() && left > 0; ++k, --left) ++shares[remainders[k].second];
  return shares;
}

class Sample : public Arranger {
 public:
  explicit Sample(SampleOptions options) : options_(std::move(options)), classes_(options_.by) {}

  static Result<std::unique_ptr<Sample>> Make(SampleOptions options) {
    if (options.rows.has_value() == options.ratio.has_value()) {
      return WrongUsage(
          "sample needs exactly one of rows and ratio; remedy: write rows: 1000, or "
          "ratio: 0.1");
    }
    return std::make_unique<Sample>(std::move(options));
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    if (!options_.by.empty()) ARROW_RETURN_NOT_OK(classes_.Bind(*input));
    return input;
  }

  Status Observe(const Batch& input, const Prepared* /*none*/) override {
    rows_ += input.rows->num_rows();
    if (options_.by.empty() || input.rows->num_rows() == 0) return Status::OK();
    return classes_.Observe(input);
  }

  Result<Arrangement> Arrange() override {
    const int64_t wanted =
        options_.rows ? *options_.rows : int64_t(std::floor(double(rows_) * *options_.ratio));
    const int64_t total = std::min(wanted, rows_);
    Arrangement arrangement;
    arrangement.drop_reason = "sample";
    if (options_.by.empty()) {
      arrangement.order = SampleRows(rows_, total, uint32_t(options_.seed));
    } else {
      arrangement.order = SampleByClass(total);
    }
    if (options_.order == "input") {
      std::sort(arrangement.order.begin(), arrangement.order.end());
    }
    return arrangement;
  }

 private:
  std::vector<int64_t> SampleByClass(int64_t total) {
    const std::vector<int32_t> ids = classes_.Finish();
    const auto members = RowsByClass(ids, classes_.class_count());
    std::vector<int64_t> counts;
    for (const auto& rows : members) counts.push_back(int64_t(rows.size()));
    const std::vector<int64_t> shares = ShareOut(counts, total);
    Mt19937 random(uint32_t(options_.seed));
    std::vector<int64_t> order;
    for (size_t c = 0; c < members.size(); ++c) {
      const std::vector<int64_t> drawn = random.Permutation(counts[c]);
      for (int64_t i = 0; i < shares[c]; ++i) order.push_back(members[c][size_t(drawn[size_t(i)])]);
    }
    return order;
  }

  SampleOptions options_;
  ClassColumn classes_;
  int64_t rows_ = 0;
};

}  // namespace

StageEntry SampleStage() {
  return DefineStage<Sample, SampleOptions>(
      {.name = "sample",
       .summary = "Draws rows without replacement; the seed decides which.",
       .details =
           "The rows drawn are those of pandas' `df.sample(n, random_state=seed)`: the first n of "
           "MT19937's permutation.  `order: sample` also keeps that order; `order: input` puts the "
           "rows back into theirs.  Give `rows` or `ratio`; where fewer rows come in than asked "
           "for, all stay.  The others are dropped with the reason `sample`.\n\n"
           "With `by` each class gives its share, rounded down; what is then missing is taken from "
           "the largest remainders.\n\n"
           "Memory: 8 bytes a row, with `by` 20.\n\n"
           "Refused with `by`: a row without a class, and more than 100,000 classes.",
       .example = "- sample: 1000\n- sample: {ratio: 0.1, by: label}\n",
       .shorthand = "rows"});
}

}  // namespace hubmill

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
  std::string from;
  std::string ratio_of;
  std::string order = "input";
  int64_t seed = 42;
  static void Describe(OptionTable<SampleOptions>& table) {
    table.Field("rows", &SampleOptions::rows, "How many rows come out, if there are so many.")
        .Range(0, 1e15);
    table.Field("ratio", &SampleOptions::ratio, "The part that comes out, rounded down.")
        .Range(0, 1000);
    table.Field("by", &SampleOptions::by, "A column of classes to draw from in proportion.");
    table.Field("from", &SampleOptions::from,
                "The split to draw from; the rows of all others stay.");
    table.Field("ratio_of", &SampleOptions::ratio_of,
                "With `from`: the split whose rows `ratio` is of, instead of those of `from`.");
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
    if (!options.ratio_of.empty() && (options.from.empty() || !options.ratio)) {
      return WrongUsage("`ratio_of` needs `from` and `ratio`; remedy: leave it out, or write both");
    }
    if (!options.from.empty() && !options.by.empty()) {
      return WrongUsage("`from` and `by` exclude each other; remedy: leave one out");
    }
    if (options.ratio.value_or(0) > 1 && options.ratio_of.empty()) {
      return WrongUsage(
          "`ratio` is a part of the rows, at most 1; remedy: name other rows by `ratio_of`");
    }
    return std::make_unique<Sample>(std::move(options));
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    if (!options_.by.empty()) ARROW_RETURN_NOT_OK(classes_.Bind(*input));
    return input;
  }

  Result<std::vector<std::string>> BindSplits(const std::vector<std::string>& input) override {
    for (const auto& [name, index] :
         {std::pair(&options_.from, &from_), std::pair(&options_.ratio_of, &ratio_of_)}) {
      if (name->empty()) continue;
      const auto found = std::find(input.begin(), input.end(), *name);
      if (found == input.end()) {
        const std::string near = NearestName(*name, input);
        return WrongUsage("no such split: split=", *name,
                          near.empty() ? "" : "; remedy: did you mean " + near + "?");
      }
      *index = int32_t(found - input.begin());
    }
    rows_of_split_.resize(input.size());
    return input;
  }

  Status Observe(const Batch& input, const Prepared* /*none*/) override {
    for (const RowRun& run : input.origins.runs()) {
      std::vector<int64_t>* rows = run.split == from_ ? &drawn_from_ : &staying_;
      rows_of_split_[size_t(run.split)] += run.count;
      for (int64_t i = 0; i < run.count && from_ >= 0; ++i) rows->push_back(rows_ + i);
      rows_ += run.count;
    }
    if (options_.by.empty() || input.rows->num_rows() == 0) return Status::OK();
    return classes_.Observe(input);
  }

  Result<Arrangement> Arrange(int /*threads*/) override {
    const int64_t population = from_ >= 0 ? int64_t(drawn_from_.size()) : rows_;
    const int64_t whole = ratio_of_ >= 0 ? rows_of_split_[size_t(ratio_of_)] : population;
    const int64_t wanted =
        options_.rows ? *options_.rows : int64_t(std::floor(double(whole) * *options_.ratio));
    const int64_t total = std::min(wanted, population);
    Arrangement arrangement;
    arrangement.drop_reason = "sample";
    if (from_ >= 0) {
      arrangement.order = std::move(staying_);
      for (const int64_t drawn : SampleRows(population, total, uint32_t(options_.seed))) {
        arrangement.order.push_back(drawn_from_[size_t(drawn)]);
      }
    } else if (options_.by.empty()) {
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
  int32_t from_ = -1;                          // Split; -1: all.
  int32_t ratio_of_ = -1;                      // Split; -1: the rows drawn from.
  std::vector<int64_t> drawn_from_, staying_;  // With `from`: rows seen.
  std::vector<int64_t> rows_of_split_;
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
           "With `from` only the rows of that split are drawn from; all others stay, and stand "
           "before "
           "those drawn where `order: sample`.  `ratio_of` takes the ratio of another split's "
           "rows: "
           "half as many unreported rows as there are corrected ones.\n\n"
           "Memory: 8 bytes a row, with `by` 20, with `from` 16.\n\n"
           "Refused: a split that does not exist; with `by`: a row without a class, and more than "
           "100,000 classes.",
       .example = "- sample: 1000\n- sample: {ratio: 0.1, by: label}\n"
                  "- sample: {from: correct, ratio: 0.5, ratio_of: wrong, order: sample}\n",
       .shorthand = "rows"});
}

}  // namespace hubmill

// flow_sample: so many flows, half of them malicious, in every split.
//
// Each class is drawn by the seed and put in order by scenario; then its rows are dealt to the
// splits so that after every row each split has its share, to a row.  So the splits hold exactly
// their share of each class, and close to it of each scenario, without a rule for small groups.
#include <arrow/array/builder_binary.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/mt19937.h"
#include "core/stage.h"
#include "security/flows/flow_stages.h"
#include "stages/columns.h"

namespace hubmill {
namespace {

struct FlowSampleOptions {
  int64_t rows = 0;
  std::string splits = "train-dev-test";
  bool fewer = false;
  int64_t seed = 42;
  static void Describe(OptionTable<FlowSampleOptions>& table) {
    table.Field("rows", &FlowSampleOptions::rows, "Rows that come out, half of each class.")
        .Required()
        .Range(2, 1e9);
    table
        .Field("splits", &FlowSampleOptions::splits,
               "What stands in `split`: train, dev and test (70, 15, 15 %), or ood for all.")
        .Choices({"train-dev-test", "ood"});
    table.Field("fewer", &FlowSampleOptions::fewer,
                "Where a class has too few rows, take as many of the other instead of refusing.");
    table.Field("seed", &FlowSampleOptions::seed, "Seed of the generator.")
        .Range(0, double(UINT32_MAX))
        .DefaultsToRunSeed();
  }
};

struct Split {
  const char* name;
  double share;
};
constexpr std::array kTrainDevTest = {Split{"train", 0.70}, Split{"dev", 0.15},
                                      Split{"test", 0.15}};
constexpr std::array kOod = {Split{"ood", 1.0}};

enum Class : uint8_t { kBenign, kMalicious, kClasses };
constexpr std::array<const char*, kClasses> kClassNames = {"Benign", "Malicious"};

/// How many of `rows` each split gets: the whole part of its share, what is left to the largest
/// fractions, the first of equal ones.
std::vector<int64_t> Quotas(int64_t rows, std::span<const Split> splits) {
  std::vector<int64_t> quotas;
  std::vector<std::pair<double, size_t>> rest;
  int64_t left = rows;
  for (size_t i = 0; i < splits.size(); ++i) {
    const double exact = splits[i].share * double(rows);
    quotas.push_back(int64_t(exact + 1e-9));
    rest.emplace_back(double(quotas[i]) - exact, i);
    left -= quotas[i];
  }
  std::stable_sort(rest.begin(), rest.end(),
                   [](const auto& a, const auto& b) { return a.first + 1e-9 < b.first; });
  for (int64_t i = 0; i < left; ++i) ++quotas[rest[size_t(i) % rest.size()].second];
  return quotas;
}

/// The split of each of `rows` rows, in their order: always the one that is furthest behind.
std::vector<uint8_t> Deal(int64_t rows, std::span<const Split> splits) {
  const std::vector<int64_t> quotas = Quotas(rows, splits);
  std::vector<int64_t> dealt(splits.size());
  std::vector<uint8_t> out;
  for (int64_t row = 0; row < rows; ++row) {
    size_t furthest = 0;
    int64_t most = INT64_MIN;
    for (size_t i = 0; i < splits.size(); ++i) {
      const int64_t behind = quotas[i] * (row + 1) - dealt[i] * rows;
      if (dealt[i] < quotas[i] && behind > most) {
        most = behind;
        furthest = i;
      }
    }
    ++dealt[furthest];
    out.push_back(uint8_t(furthest));
  }
  return out;
}

class FlowSample : public Arranger {
 public:
  static Result<std::unique_ptr<FlowSample>> Make(FlowSampleOptions options) {
    auto stage = std::make_unique<FlowSample>();
    stage->splits_ = options.splits == "ood" ? std::span<const Split>(kOod)
                                             : std::span<const Split>(kTrainDevTest);
    stage->options_ = std::move(options);
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    ARROW_ASSIGN_OR_RAISE(answer_, TextColumnIndex(*input, kFlowAnswer));
    ARROW_ASSIGN_OR_RAISE(scenario_, TextColumnIndex(*input, kFlowScenario));
    return input->AddField(input->num_fields(), arrow::field(kFlowSplit, arrow::utf8()));
  }

  Status Observe(const Batch& input, const Prepared* /*none*/) override {
    if (input.rows->num_rows() == 0) return Status::OK();
    const TextView answers(*input.rows->column(answer_));
    const TextView scenarios(*input.rows->column(scenario_));
    for (int64_t row = 0; row < answers.size(); ++row, ++rows_) {
      const bool benign = answers[row] == kClassNames[kBenign];
      if (answers.IsNull(row) || (!benign && answers[row] != kClassNames[kMalicious])) {
        return DataRefused("a flow has no answer; remedy: the stage flow_labels before this one");
      }
      const auto id =
          scenario_ids_.emplace(std::string(scenarios[row]), int32_t(scenario_ids_.size()));
      members_[benign ? kBenign : kMalicious].push_back({rows_, id.first->second});
    }
    return Status::OK();
  }

  Result<Arrangement> Arrange(int /*threads*/) override {
    ARROW_ASSIGN_OR_RAISE(const auto quotas, ClassQuotas());
    Mt19937 random(uint32_t(options_.seed));
    std::vector<std::pair<int64_t, uint8_t>> chosen;  // Row and split.
    for (const Class one : {kBenign, kMalicious}) {
      std::vector<Member>& members = members_[one];
      random.Shuffle(std::span<Member>(members));
      members.resize(size_t(quotas[one]));
      std::stable_sort(members.begin(), members.end(),
                       [](const Member& a, const Member& b) { return a.scenario < b.scenario; });
      const std::vector<uint8_t> dealt = Deal(quotas[one], splits_);
      for (size_t i = 0; i < members.size(); ++i) chosen.emplace_back(members[i].row, dealt[i]);
    }
    random.Shuffle(std::span<std::pair<int64_t, uint8_t>>(chosen));
    return Build(chosen);
  }

 private:
  struct Member {
    int64_t row;
    int32_t scenario;
  };

  /// Rows to take of each class; a refusal where there are too few.
  Result<std::array<int64_t, kClasses>> ClassQuotas() const {
    if (rows_ == 0) return DataRefused("no flow is left to draw from; remedy: check the input");
    std::array<int64_t, kClasses> quotas = {(options_.rows + 1) / 2, options_.rows / 2};
    std::string few;
    for (const Class one : {kBenign, kMalicious}) {
      const auto found = int64_t(members_[one].size());
      if (found == 0) {
        return DataRefused("a class has no row: class=", kClassNames[one],
                           " rows_of_the_other=", rows_,
                           "; remedy: give a source, or more of it, that has both");
      }
      if (found < quotas[one]) {
        few += Concat(" ", kClassNames[one], "=", found, " of ", quotas[one]);
      }
    }
    if (few.empty()) return quotas;
    if (!options_.fewer) {
      return DataRefused("a class has too few rows to be half of the set:", few,
                         "; remedy: a smaller --limit, more input, or --allow-fewer");
    }
    const auto least = int64_t(std::min(members_[kBenign].size(), members_[kMalicious].size()));
    for (int64_t& quota : quotas) quota = std::min(quota, least);
    return quotas;
  }

  Result<Arrangement> Build(const std::vector<std::pair<int64_t, uint8_t>>& chosen) const {
    std::vector<const char*> names(static_cast<size_t>(rows_), "");
    Arrangement arrangement;
    arrangement.drop_reason = "not_drawn";
    for (const auto& [row, split] : chosen) {
      arrangement.order.push_back(row);
      names[size_t(row)] = splits_[split].name;
    }
    arrow::StringBuilder column;
    for (const char* name : names) ARROW_RETURN_NOT_OK(column.Append(name));
    ARROW_ASSIGN_OR_RAISE(auto array, column.Finish());
    arrangement.added = arrow::RecordBatch::Make(
        arrow::schema({arrow::field(kFlowSplit, arrow::utf8())}), rows_, {array});
    for (const Class one : {kBenign, kMalicious}) {
      arrangement.counts[one == kBenign ? "benign_rows" : "malicious_rows"] =
          int64_t(members_[one].size());
    }
    return arrangement;
  }

  FlowSampleOptions options_;
  std::span<const Split> splits_;
  int answer_ = -1;
  int scenario_ = -1;
  int64_t rows_ = 0;
  std::array<std::vector<Member>, kClasses> members_;
  std::unordered_map<std::string, int32_t> scenario_ids_;  // In order of appearance.
};

}  // namespace

StageEntry FlowSampleStage() {
  return DefineStage<FlowSample, FlowSampleOptions>(
      {.name = "flow_sample",
       .summary = "Draws flows, half of each class, and deals them to splits.",
       .details =
           "For the columns that `flow_prompt` makes. Adds `split`. Every split holds as many "
           "malicious as benign rows (of an odd number one benign row more), and close to its "
           "share of each scenario. The order is a shuffle of all. The others are dropped with the "
           "reason `not_drawn`.\n\n"
           "Memory: 16 bytes a row for choosing, 8 for the split's name, and the different "
           "scenarios.\n\n"
           "Refused: no rows, a class without a row, a class with too few rows (unless `fewer`), a "
           "row without an answer.",
       .example = "- flow_sample: {rows: 1800}\n- flow_sample: {rows: 600, splits: ood}\n",
       .shorthand = "rows"});
}

}  // namespace hubmill

// flow_contradictions: a question that the source answers in two ways has no answer, so all of its
// rows drop out.
//
// Deduplication that keeps the first of equal questions would keep one of the two answers and say
// nothing.  Whether a question has two is known after the last row, so this is an arranger: it
// stands before the stages that look for duplicates.  Of each row it keeps one number, a hash of
// the question whose lowest bit is the answer; sorted, the two answers of a question are
// neighbours.
#include <algorithm>

#include "base/hash.h"
#include "core/stage.h"
#include "security/flows/flow_record.h"
#include "security/flows/flow_stages.h"
#include "stages/columns.h"

namespace hubmill {
namespace {

struct FlowContradictionsOptions {
  static void Describe(OptionTable<FlowContradictionsOptions>&) {}
};

struct AnsweredQuestions : Prepared {
  std::vector<uint64_t> keys;
};

constexpr uint64_t kAnswerBit = 1;

class FlowContradictions : public Arranger {
 public:
  static Result<std::unique_ptr<FlowContradictions>> Make(FlowContradictionsOptions) {
    return std::make_unique<FlowContradictions>();
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    ARROW_ASSIGN_OR_RAISE(question_, TextColumnIndex(*input, kFlowQuestion));
    ARROW_ASSIGN_OR_RAISE(answer_, TextColumnIndex(*input, kFlowAnswer));
    return input;
  }

  Result<std::unique_ptr<Prepared>> Prepare(const Batch& input) const override {
    auto prepared = std::make_unique<AnsweredQuestions>();
    const TextView questions(*input.rows->column(question_));
    const TextView answers(*input.rows->column(answer_));
    prepared->keys.reserve(size_t(input.rows->num_rows()));
    for (int64_t row = 0; row < questions.size(); ++row) {
      const bool malicious = answers[row] == NameOf(FlowAnswer::kMalicious);
      if (questions.IsNull(row) || answers.IsNull(row) ||
          (!malicious && answers[row] != NameOf(FlowAnswer::kBenign))) {
        return DataRefused("a flow has no answer; remedy: the stage flow_labels before this one");
      }
      const uint64_t hash = Xxh3Hash64(questions[row]) & ~kAnswerBit;
      prepared->keys.push_back(hash | (malicious ? kAnswerBit : 0));
    }
    return prepared;
  }

  Status Observe(const Batch& /*input*/, const Prepared* prepared) override {
    const auto& keys = static_cast<const AnsweredQuestions*>(prepared)->keys;
    keys_.insert(keys_.end(), keys.begin(), keys.end());
    return Status::OK();
  }

  Result<Arrangement> Arrange(int /*threads*/) override {
    const std::vector<uint64_t> contradicting = WithTwoAnswers();
    Arrangement arrangement;
    arrangement.drop_reason = "contradicting_labels";
    arrangement.order.reserve(keys_.size());
    for (size_t row = 0; row < keys_.size(); ++row) {
      const uint64_t question = keys_[row] & ~kAnswerBit;
      if (std::binary_search(contradicting.begin(), contradicting.end(), question)) continue;
      arrangement.order.push_back(int64_t(row));
    }
    arrangement.counts["contradicting_questions"] = int64_t(contradicting.size());
    return arrangement;
  }

 private:
  /// The questions, ascending.
  std::vector<uint64_t> WithTwoAnswers() const {
    std::vector<uint64_t> sorted = keys_;
    std::sort(sorted.begin(), sorted.end());
    std::vector<uint64_t> out;
    for (size_t i = 1; i < sorted.size(); ++i) {
      if ((sorted[i - 1] ^ sorted[i]) == kAnswerBit) out.push_back(sorted[i] & ~kAnswerBit);
    }
    return out;
  }

  int question_ = -1;
  int answer_ = -1;
  std::vector<uint64_t> keys_;  // Of each row.
};

}  // namespace

StageEntry FlowContradictionsStage() {
  return DefineStage<FlowContradictions, FlowContradictionsOptions>(
      {.name = "flow_contradictions",
       .summary = "Drops every flow whose question the source answers in two ways.",
       .details =
           "For the columns that `flow_prompt` makes, before the stages that drop duplicates, "
           "which would keep the first answer. All rows of such a question are dropped with the "
           "reason `contradicting_labels`; `contradicting_questions` counts the questions.\n\n"
           "Memory: 24 bytes a row while it chooses. Questions are compared by 63 bits of XXH3: "
           "among 100 million, two that differ are taken for one with a probability of 1 in "
           "2,000, and cost their rows.\n\n"
           "Refused: a row without an answer.",
       .example = "- flow_contradictions\n",
       .shorthand = ""});
}

}  // namespace hubmill

// flow_labels: rows whose label no table knows are dropped and counted by label; unless told
// otherwise they refuse the run, since a label that is not known is a table that is not complete.
#include <algorithm>
#include <map>

#include "core/stage.h"
#include "security/flows/flow_stages.h"
#include "stages/columns.h"

namespace hubmill {
namespace {

constexpr size_t kLabelsMax = 50;  // So many are named; the rest are counted together.
constexpr size_t kLabelBytesMax = 60;

struct FlowLabelsOptions {
  std::string unknown = "refuse";
  static void Describe(OptionTable<FlowLabelsOptions>& table) {
    table
        .Field("unknown", &FlowLabelsOptions::unknown,
               "What rows whose label is missing or in no table do: refuse the run, or drop out.")
        .Choices({"refuse", "drop"});
  }
};

/// At most kLabelBytesMax bytes of whole characters; control characters as blanks.
std::string Shown(std::string_view label) {
  std::string text(label.substr(0, kLabelBytesMax));
  if (text.size() < label.size()) {
    while (!text.empty() && (uint8_t(label[text.size()]) & 0xC0) == 0x80) text.pop_back();
    text += "…";
  }
  std::replace_if(
      text.begin(), text.end(), [](char c) { return uint8_t(c) < 0x20; }, ' ');
  std::replace(text.begin(), text.end(), '"', '\'');
  return text;
}

class FlowLabels : public Decider {
 public:
  static Result<std::unique_ptr<FlowLabels>> Make(FlowLabelsOptions options) {
    auto stage = std::make_unique<FlowLabels>();
    stage->refuse_ = options.unknown == "refuse";
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    ARROW_ASSIGN_OR_RAISE(answer_, TextColumnIndex(*input, kFlowAnswer));
    ARROW_ASSIGN_OR_RAISE(label_, TextColumnIndex(*input, kFlowLabel));
    return input;
  }

  Result<std::unique_ptr<Prepared>> Prepare(const Batch&) const override {
    return std::make_unique<Prepared>();
  }

  Result<Applied> Decide(const Batch& input, const Prepared&) override {
    const arrow::Array& answers = *input.rows->column(answer_);
    const TextView labels(*input.rows->column(label_));
    Applied applied;
    applied.rows = input.rows;
    for (int64_t row = 0; row < answers.length(); ++row) {
      if (!answers.IsNull(row)) continue;
      const std::string label = labels.IsNull(row) ? "" : Shown(labels[row]);
      applied.drops.push_back(
          {.row = row, .reason = label.empty() ? "missing_label" : "unknown_label"});
      ++rows_;
      const auto known = counts_.find(label);
      if (known != counts_.end()) {
        ++known->second;
      } else if (counts_.size() < kLabelsMax) {
        counts_[label] = 1;
      } else {
        ++others_;
      }
    }
    return applied;
  }

  Status Finish(std::map<std::string, int64_t>* counts) override {
    std::string all;
    for (const auto& [label, rows] : counts_) {
      (*counts)["label \"" + label + "\""] = rows;
      all += Concat("\n  label=\"", label, "\" rows=", rows);
    }
    if (others_ > 0) {
      (*counts)["other_labels"] = others_;
      all += Concat("\n  more labels than ", kLabelsMax, ": rows=", others_);
    }
    if (!refuse_ || rows_ == 0) return Status::OK();
    return DataRefused("labels are missing or not in the table of their source: rows=", rows_, all,
                       "\nremedy: check that this is the right source and its label column; "
                       "--unknown-labels drop leaves these rows out");
  }

 private:
  bool refuse_ = true;
  int answer_ = -1;
  int label_ = -1;
  int64_t rows_ = 0;
  int64_t others_ = 0;
  std::map<std::string, int64_t> counts_;  // By label; at most kLabelsMax.
};

}  // namespace

StageEntry FlowLabelsStage() {
  return DefineStage<FlowLabels, FlowLabelsOptions>(
      {.name = "flow_labels",
       .summary = "Refuses or drops flows whose label no table knows, and names the labels.",
       .details = "For the columns that `flow_prompt` makes. Dropped rows have the reason "
                  "`unknown_label` or `missing_label`; up to 50 different labels are counted by "
                  "name, the others together.",
       .example = "- flow_labels\n- flow_labels: drop\n",
       .shorthand = "unknown"});
}

}  // namespace hubmill

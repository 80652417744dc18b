// flow_sample_compat: the rows that the original's scripts draw; the drawing itself is
// flow_draw_compat.h.
#include <arrow/array/builder_binary.h>

#include <array>
#include <charconv>
#include <unordered_map>

#include "core/stage.h"
#include "security/flows/flow_draw_compat.h"
#include "security/flows/flow_stages.h"
#include "stages/columns.h"

namespace hubmill {
namespace {

struct FlowSampleCompatOptions {
  std::string source;
  int64_t rows = 0;
  int64_t skip_words = 0;
  int64_t seed = 42;
  static void Describe(OptionTable<FlowSampleCompatOptions>& table) {
    table.Field("source", &FlowSampleCompatOptions::source, "Whose script draws.")
        .Required()
        .Choices({"iot23", "cic-ids-2017", "unsw-nb15"});
    table.Field("rows", &FlowSampleCompatOptions::rows, "The script's --limit, or --n.")
        .Required()
        .Range(0, 1e8);
    table
        .Field("skip_words", &FlowSampleCompatOptions::skip_words,
               "Of unsw-nb15: random words that the draw of cic-ids-2017 before it took.")
        .Range(0, 1e12);
    table.Field("seed", &FlowSampleCompatOptions::seed, "Seed of the generators.")
        .Range(0, double(UINT32_MAX) - 1)
        .DefaultsToRunSeed();
  }
};

constexpr std::array kSplitNames = {"train", "dev", "test", "ood"};

class FlowSampleCompat : public Arranger {
 public:
  static Result<std::unique_ptr<FlowSampleCompat>> Make(FlowSampleCompatOptions options) {
    auto stage = std::make_unique<FlowSampleCompat>();
    stage->options_ = std::move(options);
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    for (const char* name : {kFlowAnswer, kFlowLabel, kFlowScenario, kFlowHash}) {
      ARROW_ASSIGN_OR_RAISE(const int index, TextColumnIndex(*input, name));
      columns_.push_back(index);
    }
    return input->AddField(input->num_fields(), arrow::field(kFlowSplit, arrow::utf8()));
  }

  Status Observe(const Batch& input, const Prepared* /*none*/) override {
    if (input.rows->num_rows() == 0) return Status::OK();
    const TextView answers(*input.rows->column(columns_[0]));
    const TextView labels(*input.rows->column(columns_[1]));
    const TextView scenarios(*input.rows->column(columns_[2]));
    const TextView hashes(*input.rows->column(columns_[3]));
    std::string group;
    int64_t row = 0;
    for (const RowRun& run : input.origins.runs()) {
      for (int64_t i = 0; i < run.count; ++i, ++row) {
        FlowFacts facts{.file = run.file, .malicious = answers[row] == "Malicious"};
        const std::string_view hash = hashes[row];
        std::from_chars(hash.data(), hash.data() + hash.size(), facts.hash, 16);
        group.assign(scenarios[row]).append(":").append(labels[row]);
        facts.group = groups_.emplace(group, int32_t(groups_.size())).first->second;
        flows_.push_back(facts);
      }
    }
    return Status::OK();
  }

  Result<Arrangement> Arrange(int /*threads*/) override {
    if (flows_.empty()) return DataRefused("no flow to draw from; remedy: check the input");
    if (flows_.size() > UINT32_MAX) {
      return DataRefused("more flows than the original's generators count; remedy: fewer inputs");
    }
    const auto seed = uint32_t(options_.seed);
    const FlowDraw draw = options_.source == "iot23" ? DrawIot23(flows_, options_.rows, seed)
                          : options_.source == "cic-ids-2017"
                              ? DrawCic(flows_, options_.rows, seed)
                              : DrawUnsw(flows_, options_.rows, seed, options_.skip_words);
    std::vector<const char*> names(flows_.size(), "");
    Arrangement arrangement;
    arrangement.drop_reason = "not_drawn";
    for (const DrawnFlow& flow : draw.rows) {
      arrangement.order.push_back(flow.row);
      names[size_t(flow.row)] = kSplitNames[size_t(flow.split)];
    }
    arrow::StringBuilder column;
    for (const char* name : names) ARROW_RETURN_NOT_OK(column.Append(name));
    ARROW_ASSIGN_OR_RAISE(auto array, column.Finish());
    arrangement.added = arrow::RecordBatch::Make(
        arrow::schema({arrow::field(kFlowSplit, arrow::utf8())}), int64_t(flows_.size()), {array});
    arrangement.counts["random_words"] = draw.random_words;
    return arrangement;
  }

 private:
  FlowSampleCompatOptions options_;
  std::vector<int> columns_;
  std::vector<FlowFacts> flows_;
  std::unordered_map<std::string, int32_t> groups_;
};

}  // namespace

StageEntry FlowSampleCompatStage() {
  return DefineStage<FlowSampleCompat, FlowSampleCompatOptions>(
      {.name = "flow_sample_compat",
       .summary = "Draws the flows that the original's scripts draw, with the same seed.",
       .details =
           "For the columns that `flow_prompt: {compat: true}` makes: duplicates go, classes are "
           "balanced as far as they reach, rows are shuffled and, of iot23, split by scenario and "
           "label; by the generators of CPython's `random`, NumPy and the streaming shuffle of "
           "`datasets` 5.2.0 (each source file is a shard). Adds `split`; the others are dropped "
           "with the reason `not_drawn`. The count `random_words` is what `skip_words` of the next "
           "draw is.\n\n"
           "Memory: 24 bytes a row, and the different groups.",
       .example = "- flow_sample_compat: {source: iot23, rows: 1800}\n",
       .shorthand = ""});
}

}  // namespace hubmill

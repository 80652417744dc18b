// flow_prompt: a row of a flow set as a question, its answer and where it comes from.
#include <arrow/array/builder_binary.h>

#include <array>

#include "base/sha256_short.h"
#include "core/stage.h"
#include "security/flows/flow_record.h"
#include "security/flows/flow_stages.h"

namespace hubmill {
namespace {

struct FlowPromptOptions {
  std::string source;
  bool compat = false;
  static void Describe(OptionTable<FlowPromptOptions>& table) {
    table.Field("source", &FlowPromptOptions::source, "Which data set the rows are of.")
        .Required()
        .Choices({"iot23", "cic-ids-2017", "unsw-nb15"});
    table.Field("compat", &FlowPromptOptions::compat,
                "The original's rules, its oddities included.");
  }
};

constexpr std::array kColumns = {kFlowQuestion, kFlowAnswer, kFlowLabel, kFlowSource,
                                 kFlowScenario, kFlowFamily, kFlowHash};

/// 16 lower-case digits, without an allocation.
std::array<char, 16> HexDigits(uint64_t value) {
  std::array<char, 16> digits;
  for (size_t i = digits.size(); i-- > 0; value >>= 4) digits[i] = "0123456789abcdef"[value & 15];
  return digits;
}

class FlowPrompt : public Transform {
 public:
  static Result<std::unique_ptr<FlowPrompt>> Make(FlowPromptOptions options) {
    auto stage = std::make_unique<FlowPrompt>();
    stage->source_ = *FlowSourceOf(options.source);
    stage->compat_ = options.compat;
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    ARROW_ASSIGN_OR_RAISE(
        rules_, compat_ ? CompatFlowRules(source_, *input) : CanonicalFlowRules(source_, *input));
    arrow::FieldVector fields;
    for (const char* name : kColumns) fields.push_back(arrow::field(name, arrow::utf8()));
    schema_ = arrow::schema(std::move(fields));
    return schema_;
  }

  Result<Applied> Apply(const Batch& input) const override {
    ARROW_ASSIGN_OR_RAISE(const auto reader, rules_->Open(*input.rows));
    const int64_t rows = input.rows->num_rows();
    std::array<arrow::StringBuilder, kColumns.size()> columns;
    constexpr std::array<int64_t, kColumns.size()> kUsualBytes = {160, 9, 12, 12, 8, 12, 16};
    for (size_t i = 0; i < columns.size(); ++i) {
      ARROW_RETURN_NOT_OK(columns[i].Reserve(rows));
      ARROW_RETURN_NOT_OK(columns[i].ReserveData(rows * kUsualBytes[i]));
    }
    Applied applied;
    Sha256Short sha256;
    FlowRecord record;
    for (int64_t row = 0; row < rows; ++row) {
      const Status read = reader->Read(row, &record);
      if (!read.ok()) {
        return WithContext(read, Concat("row=", input.origins.At(row).row, ": "));
      }
      if (record.blank) applied.drops.push_back({.row = row, .reason = "blank_row"});
      const std::array<char, 16> hash = HexDigits(sha256.First64(record.key));
      const std::string_view answer = NameOf(record.answer);
      ARROW_RETURN_NOT_OK(columns[0].Append(record.question));
      ARROW_RETURN_NOT_OK(answer.empty() ? columns[1].AppendNull() : columns[1].Append(answer));
      ARROW_RETURN_NOT_OK(columns[2].Append(record.label));
      ARROW_RETURN_NOT_OK(columns[3].Append(NameOf(source_)));
      ARROW_RETURN_NOT_OK(columns[4].Append(record.scenario));
      ARROW_RETURN_NOT_OK(columns[5].Append(record.attack_family));
      ARROW_RETURN_NOT_OK(columns[6].Append(hash.data(), int32_t(hash.size())));
    }
    arrow::ArrayVector arrays;
    for (auto& column : columns) {
      ARROW_ASSIGN_OR_RAISE(auto array, column.Finish());
      arrays.push_back(std::move(array));
    }
    applied.rows = arrow::RecordBatch::Make(schema_, rows, std::move(arrays));
    return applied;
  }

 private:
  FlowSource source_ = FlowSource::kIot23;
  bool compat_ = false;
  std::unique_ptr<FlowRules> rules_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

StageEntry FlowPromptStage() {
  return DefineStage<FlowPrompt, FlowPromptOptions>(
      {.name = "flow_prompt",
       .summary = "Makes a question of each network flow.",
       .details =
           "The rows' columns become `question`, `answer` (Malicious, Benign; null where the label "
           "is in no table), `label` (as the source has it, where `answer` is null), `source`, "
           "`scenario`, `attack_family` and `hash` (the first 16 hexadecimal digits of the SHA-256 "
           "of what the source knows of the flow). Columns are found by their published names; "
           "case, blanks and punctuation do not matter. The label tables, the question's form and "
           "the hash's parts are in [security-flows.md](recipes/security-flows.md). Rows without "
           "a value in any column that is read drop out with the reason `blank_row`.\n\n"
           "`compat: true` follows the original's scripts instead; then `label` is what its groups "
           "are made of.\n\n"
           "Refused: a source that lacks a column of its kind, with the names found; a column of "
           "lists, structs or times.",
       .example = "- flow_prompt: {source: unsw-nb15}\n",
       .shorthand = "source"});
}

}  // namespace hubmill

// flow_prompt: a row of a flow set as a question, its answer and where it comes from.
#include <arrow/array/array_binary.h>
#include <arrow/array/builder_binary.h>
#include <arrow/buffer_builder.h>

#include <array>

#include "base/sha256_short.h"
#include "core/bulk_pool.h"
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

/// A column of texts without nulls, under construction: offsets and bytes, nothing else.
class TextColumn {
 public:
  Status Reserve(int64_t rows, int64_t bytes) {
    ARROW_RETURN_NOT_OK(offsets_.Reserve(rows + 1));
    offsets_.UnsafeAppend(0);
    return bytes_.Reserve(bytes);
  }

  Status Append(std::string_view text) {
    const auto size = int64_t(text.size());
    if (bytes_.length() + size > bytes_.capacity()) ARROW_RETURN_NOT_OK(bytes_.Reserve(size));
    bytes_.UnsafeAppend(text.data(), size);
    if (bytes_.length() > INT32_MAX) return RunFailed("a batch of flows is over 2 GiB");
    offsets_.UnsafeAppend(int32_t(bytes_.length()));
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Finish() {
    const int64_t rows = offsets_.length() - 1;
    ARROW_ASSIGN_OR_RAISE(auto offsets, offsets_.Finish());
    ARROW_ASSIGN_OR_RAISE(auto bytes, bytes_.Finish());
    return std::make_shared<arrow::StringArray>(rows, std::move(offsets), std::move(bytes));
  }

 private:
  arrow::TypedBufferBuilder<int32_t> offsets_{BulkPool()};
  arrow::BufferBuilder bytes_{BulkPool()};
};

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
    TextColumn question, label, source, scenario, family, hash;
    const std::array<std::pair<TextColumn*, int64_t>, 6> usual_bytes = {{{&question, 160},
                                                                         {&label, 12},
                                                                         {&source, 12},
                                                                         {&scenario, 8},
                                                                         {&family, 12},
                                                                         {&hash, 16}}};
    for (const auto& [column, bytes] : usual_bytes) {
      ARROW_RETURN_NOT_OK(column->Reserve(rows, rows * bytes));
    }
    arrow::StringBuilder answers;
    ARROW_RETURN_NOT_OK(answers.Reserve(rows));
    Applied applied;
    const std::string_view source_name = NameOf(source_);
    Sha256Short sha256;
    FlowRecord record;
    for (int64_t row = 0; row < rows; ++row) {
      const Status read = reader->Read(row, &record);
      if (!read.ok()) {
        return WithContext(read, Concat("row=", input.origins.At(row).row, ": "));
      }
      if (record.blank) applied.drops.push_back({.row = row, .reason = "blank_row"});
      const std::array<char, 16> digits = HexDigits(sha256.First64(record.key));
      const std::string_view answer = NameOf(record.answer);
      ARROW_RETURN_NOT_OK(question.Append(record.question));
      ARROW_RETURN_NOT_OK(answer.empty() ? answers.AppendNull() : answers.Append(answer));
      ARROW_RETURN_NOT_OK(label.Append(record.label));
      ARROW_RETURN_NOT_OK(source.Append(source_name));
      ARROW_RETURN_NOT_OK(scenario.Append(record.scenario));
      ARROW_RETURN_NOT_OK(family.Append(record.attack_family));
      ARROW_RETURN_NOT_OK(hash.Append({digits.data(), digits.size()}));
    }
    arrow::ArrayVector arrays;
    for (const auto& [column, bytes] : usual_bytes) {
      ARROW_ASSIGN_OR_RAISE(auto array, column->Finish());
      arrays.push_back(std::move(array));
    }
    ARROW_ASSIGN_OR_RAISE(auto answer_array, answers.Finish());
    arrays.insert(arrays.begin() + 1, std::move(answer_array));
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

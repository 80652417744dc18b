// flow_record: the flat columns of flow_prompt and flow_sample as the record that is published.
#include <arrow/array/array_nested.h>

#include <array>

#include "core/stage.h"
#include "security/flows/flow_stages.h"
#include "stages/columns.h"

namespace hubmill {
namespace {

struct FlowRecordOptions {
  static void Describe(OptionTable<FlowRecordOptions>&) {}
};

constexpr std::array kMeta = {kFlowSource, kFlowScenario, kFlowFamily, kFlowHash, kFlowSplit};

class NestFlow : public Transform {
 public:
  static Result<std::unique_ptr<NestFlow>> Make(FlowRecordOptions) {
    return std::make_unique<NestFlow>();
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    ARROW_ASSIGN_OR_RAISE(top_, ColumnIndices(*input, {kFlowQuestion, kFlowAnswer}));
    ARROW_ASSIGN_OR_RAISE(meta_, ColumnIndices(*input, {kMeta.begin(), kMeta.end()}));
    arrow::FieldVector fields;
    for (const int index : meta_) fields.push_back(input->field(index));
    schema_ = arrow::schema({input->field(top_[0]), input->field(top_[1]),
                             arrow::field("meta", arrow::struct_(fields))});
    return schema_;
  }

  Result<Applied> Apply(const Batch& input) const override {
    arrow::ArrayVector children;
    for (const int index : meta_) children.push_back(input.rows->column(index));
    const int64_t rows = input.rows->num_rows();
    auto meta = std::make_shared<arrow::StructArray>(schema_->field(2)->type(), rows, children);
    Applied applied;
    applied.rows = arrow::RecordBatch::Make(
        schema_, rows, {input.rows->column(top_[0]), input.rows->column(top_[1]), meta});
    return applied;
  }

 private:
  std::vector<int> top_;
  std::vector<int> meta_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

StageEntry FlowRecordStage() {
  return DefineStage<NestFlow, FlowRecordOptions>(
      {.name = "flow_record",
       .summary = "Nests what describes a flow: `question`, `answer`, `meta`.",
       .details = "`meta` is a struct of `source`, `scenario`, `attack_family`, `hash` and "
                  "`split`, the columns of `flow_prompt` and `flow_sample`; others are left out.",
       .example = "- flow_record\n",
       .shorthand = ""});
}

}  // namespace hubmill

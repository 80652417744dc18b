#include "llm/normal_columns.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>

#include "base/check.h"
#include "base/json_text.h"
#include "core/bulk_pool.h"

namespace hubmill {
namespace {

constexpr size_t kTextColumn = 3;
constexpr int64_t kTextBlockBytes = 1 << 20;

std::optional<std::string_view> TextOrNull(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

std::shared_ptr<arrow::Schema> NormalSchema(const ColumnChoice& choice) {
  const auto text = arrow::utf8();
  const auto texts = arrow::list(arrow::field("element", arrow::utf8()));
  const auto integer = arrow::int64();
  const auto real = arrow::float64();
  const auto flag = arrow::boolean();
  arrow::FieldVector fields = {
      arrow::field("id", text),
      arrow::field("dataset", text),
      arrow::field("split", text),
      arrow::field("text", text),
      arrow::field("loss_mode", text),
      arrow::field("quality_valid_harmony", flag),
      arrow::field("quality_completion_nonempty", flag),
      arrow::field("quality_has_tool", flag),
      arrow::field("quality_valid_tool_schema", flag),
      arrow::field("stats_char_len", integer),
      arrow::field("meta_domain", text),
      arrow::field("meta_difficulty_bin", text),
      arrow::field("source_uuid", text),
      arrow::field("source_license", text),
      arrow::field("source_used_in", texts),
      arrow::field("source_data_source", text),
      arrow::field("source_changed_answer_to_majority", flag),
      arrow::field("source_capability_target", text),
      arrow::field("source_reasoning", text),
      arrow::field("source_tools_id", text),
      arrow::field("source_tools_count", integer),
      arrow::field("meta_correctness", real),
      arrow::field("meta_eval_best_setting", text),
      arrow::field("meta_pass_k", integer),
      arrow::field("meta_correct_count", integer),
      arrow::field("meta_correctness_low", real),
      arrow::field("meta_correctness_medium", real),
      arrow::field("meta_correctness_high", real),
      arrow::field("meta_correctness_high_with_tool", real),
      arrow::field("meta_correctness_high_no_tool", real),
  };
  if (!choice.compat) {
    for (const auto& [name, type] :
         std::initializer_list<std::pair<const char*, std::shared_ptr<arrow::DataType>>>{
             {"subset", text},
             {"meta_tags", texts},
             {"meta_expected_answer", text},
             {"meta_correctness_own", real},
             {"quality_is_duplicate", flag},
             {"quality_markup_collision", flag},
             {"quality_tool_fault", text},
             {"stats_approx_tokens", integer},
             {"text_sha1", text},
             {"content_id", text},
             {"assistant_spans_json", text},
             {"template_version", text},
             {"source_file", text},
             {"source_row", integer}}) {
      fields.push_back(arrow::field(name, type));
    }
    if (choice.eval_json) fields.push_back(arrow::field("meta_eval_json", text));
  }
  fields.push_back(arrow::field("source_tools_json", text));
  return arrow::schema(fields);
}

NormalColumns::NormalColumns(const std::shared_ptr<arrow::Schema>& schema,
                             const ColumnChoice& choice)
    : schema_(schema), choice_(choice), texts_(BulkPool()), text_ends_(BulkPool()) {
  for (const auto& field : schema->fields()) {
    builders_.push_back(arrow::MakeBuilder(field->type(), BulkPool()).ValueOrDie());
  }
}

Status NormalColumns::Reserve(int64_t rows, int64_t text_bytes) {
  for (const auto& builder : builders_) ARROW_RETURN_NOT_OK(builder->Reserve(rows));
  ARROW_RETURN_NOT_OK(text_ends_.Reserve(rows + 1));
  text_ends_.UnsafeAppend(0);
  return texts_.Reserve((text_bytes / kTextBlockBytes + 1) * kTextBlockBytes);
}

void NormalColumns::MainText(std::string_view text) {
  ++at_;
  status_ &= texts_.Append(text.data(), int64_t(text.size()));
  if (texts_.length() > INT32_MAX) {
    status_ &= RunFailed("texts of one batch are too large: bytes=", texts_.length(),
                         " bytes_max=", INT32_MAX, "; remedy: a smaller --batch-rows");
  }
  status_ &= text_ends_.Append(int32_t(texts_.length()));
}

void NormalColumns::Text(std::optional<std::string_view> value) {
  auto& builder = Next<arrow::StringBuilder>();
  status_ &= value ? builder.Append(*value) : builder.AppendNull();
}
void NormalColumns::Bool(std::optional<bool> value) {
  auto& builder = Next<arrow::BooleanBuilder>();
  status_ &= value ? builder.Append(*value) : builder.AppendNull();
}
void NormalColumns::Int(std::optional<int64_t> value) {
  auto& builder = Next<arrow::Int64Builder>();
  status_ &= value ? builder.Append(*value) : builder.AppendNull();
}
void NormalColumns::Real(std::optional<double> value) {
  auto& builder = Next<arrow::DoubleBuilder>();
  status_ &= value ? builder.Append(*value) : builder.AppendNull();
}
void NormalColumns::Texts(const JsonNode* list) {
  auto& builder = Next<arrow::ListBuilder>();
  if (list == nullptr) {
    status_ &= builder.AppendNull();
    return;
  }
  status_ &= builder.Append();
  auto& items = static_cast<arrow::StringBuilder&>(*builder.value_builder());
  for (const JsonNode& item : list->items) status_ &= items.Append(item.text);
}

void NormalColumns::AppendNulls() {
  for (at_ = 0; at_ < builders_.size(); ++at_) {
    if (at_ != kTextColumn) status_ &= builders_[at_]->AppendNull();
  }
  MainText("");
}

void NormalColumns::Append(const NormalRow& row, const RowPlace& place) {
  at_ = 0;
  Text(row.id);
  Text(place.dataset);
  Text(place.split);
  MainText(row.text);
  Text(place.loss_mode);
  Bool(row.flags.valid_harmony);
  Bool(row.flags.completion_nonempty);
  Bool(row.flags.has_tool);
  Bool(row.flags.valid_tool_schema);
  Int(row.char_len);
  Text(TextOrNull(place.domain));
  Text(TextOrNull(place.difficulty));
  AppendSource(row);
  AppendCorrectness(row.correctness);
  if (!choice_.compat) AppendFurther(row, place);
  Text(TextOrNull(row.tools_json));
  HUBMILL_CHECK(at_ == builders_.size(), "a row has a value for every column");
}

void NormalColumns::AppendSource(const NormalRow& row) {
  Text(row.uuid);
  Text(row.license);
  Texts(row.used_in);
  Text(row.data_source);
  Bool(row.changed_answer);
  Text(row.capability_target);
  Text(row.reasoning);
  const bool tools = !row.tools_id.empty();
  Text(TextOrNull(row.tools_id));
  Int(tools ? std::optional(row.tools_count) : std::nullopt);
}

void NormalColumns::AppendCorrectness(const Correctness& correctness) {
  Real(correctness.best);
  Text(correctness.best ? std::optional(correctness.best_setting) : std::nullopt);
  Int(correctness.count);
  Int(correctness.pass);
  Real(correctness.low);
  Real(correctness.medium);
  Real(correctness.high);
  Real(correctness.high_with_tool);
  Real(correctness.high_no_tool);
}

void NormalColumns::AppendFurther(const NormalRow& row, const RowPlace& place) {
  Text(row.subset.value_or("default"));
  Texts(row.tags);
  if (row.expected_answer == nullptr || row.expected_answer->IsString()) {
    Text(row.expected_answer == nullptr ? std::nullopt : std::optional(row.expected_answer->text));
  } else {
    scratch_.clear();
    AppendJson(*row.expected_answer, {.sort_keys = true}, &scratch_);
    Text(scratch_);
  }
  Real(row.correctness_own);
  Bool(false);
  Bool(row.markup_collision);
  Text(row.tool_fault == nullptr ? std::nullopt : std::optional<std::string_view>(row.tool_fault));
  Int(static_cast<int64_t>((row.text.size() + 3) / 4));
  Text(row.text_sha1);
  Text(row.content_id);
  scratch_ = "[";
  for (const LossSpan& span : row.spans) {
    if (scratch_.size() > 1) scratch_.push_back(',');
    scratch_.push_back('[');
    AppendJsonInt(span.begin, &scratch_);
    scratch_.push_back(',');
    AppendJsonInt(span.end, &scratch_);
    scratch_.push_back(']');
  }
  scratch_.push_back(']');
  Text(scratch_);
  Text(place.template_version);
  Text(place.file);
  Int(place.row);
  if (!choice_.eval_json) return;
  scratch_.clear();
  if (row.evaluation != nullptr) AppendJson(*row.evaluation, {}, &scratch_);
  Text(TextOrNull(scratch_));
}

Result<std::shared_ptr<arrow::RecordBatch>> NormalColumns::Finish(int64_t rows) {
  ARROW_RETURN_NOT_OK(status_);
  arrow::ArrayVector arrays;
  for (size_t i = 0; i < builders_.size(); ++i) {
    if (i == kTextColumn) {
      ARROW_ASSIGN_OR_RAISE(auto ends, text_ends_.Finish(/*shrink_to_fit=*/false));
      ARROW_ASSIGN_OR_RAISE(auto texts, texts_.Finish(/*shrink_to_fit=*/false));
      arrays.push_back(
          std::make_shared<arrow::StringArray>(rows, std::move(ends), std::move(texts)));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(auto array, builders_[i]->Finish());
    arrays.push_back(std::move(array));
  }
  return arrow::RecordBatch::Make(schema_, rows, std::move(arrays));
}

}  // namespace hubmill

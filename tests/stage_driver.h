// Runs one stage over rows given as text, the slow and plain way: no threads, no spilling.  The
// executor is checked against it, and the text cases of tests/cases run through it.
#pragma once

#include <arrow/array/array_nested.h>
#include <arrow/array/concatenate.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/initialize.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/registry.h"
#include "io/type_text.h"
#include "security/register_security.h"
#include "stages/register_stages.h"

namespace hubmill::testing {

struct StageOutcome {
  std::shared_ptr<arrow::RecordBatch> rows;  // Those that remain, in order.
  Origins origins;
  std::vector<std::string> splits;  // Names.
  std::map<std::string, int64_t> drops;
  std::map<std::string, int64_t> counts;
  std::vector<std::string> violations;  // "row=N what"
};

/// Rows from a JSON array of objects.
inline Result<std::shared_ptr<arrow::RecordBatch>> RowsFromJson(
    const std::shared_ptr<arrow::Schema>& schema, std::string_view json_array) {
  ARROW_ASSIGN_OR_RAISE(
      auto array, arrow::json::ArrayFromJSONString(arrow::struct_(schema->fields()), json_array));
  const auto& rows = static_cast<const arrow::StructArray&>(*array);
  return arrow::RecordBatch::Make(schema, rows.length(), rows.fields());
}

/// A stage from YAML such as `select: [a, b]`, bound to nothing yet.
inline Result<Stage> StageFromYaml(std::string_view yaml) {
  Registry registry;
  RegisterStages(registry);
  RegisterSecurityStages(registry);
  ARROW_ASSIGN_OR_RAISE(Setting setting, ParseYaml(yaml, "case"));
  if (setting.kind == Setting::Kind::kList && setting.items.size() == 1) {
    Setting only = setting.items[0];
    setting = only;
  }
  Setting options;
  std::string name = setting.scalar;
  if (setting.kind == Setting::Kind::kMap) {
    name = setting.entries.at(0).first;
    options = setting.entries.at(0).second;
  }
  const auto entry = registry.stages.find(name);
  if (entry == registry.stages.end()) return WrongUsage("unknown stage: ", name);
  const OptionContext context{.file = "case", .owner = "stage " + name};
  ErrorList errors;
  entry->second.check(options, context, &errors);
  ARROW_RETURN_NOT_OK(errors.ToStatus());
  return entry->second.make(options, context);
}

namespace internal {

/// Keeps what `applied` does not drop.
inline Status Keep(const Applied& applied, const Batch& input, StageOutcome* outcome,
                   std::vector<std::shared_ptr<arrow::RecordBatch>>* pieces,
                   std::vector<int32_t>* splits) {
  if (applied.rows == nullptr || applied.rows->num_rows() != input.rows->num_rows()) {
    return RunFailed("a stage changed the number of rows");
  }
  ARROW_RETURN_NOT_OK(applied.rows->ValidateFull());
  std::set<int64_t> dropped;
  for (const Drop& drop : applied.drops) {
    ++outcome->drops[drop.reason];
    if (!dropped.insert(drop.row).second) return RunFailed("a row was dropped twice");
  }
  for (const Violation& violation : applied.violations) {
    outcome->violations.push_back(
        Concat("row=", input.origins.At(violation.row).row, " ", violation.what));
  }
  for (const auto& [name, count] : applied.counts) outcome->counts[name] += count;
  std::vector<int64_t> kept;
  for (int64_t row = 0; row < input.rows->num_rows(); ++row) {
    if (dropped.count(row) > 0) continue;
    kept.push_back(row);
    pieces->push_back(applied.rows->Slice(row, 1));
    splits->push_back(applied.splits.empty() ? 0 : applied.splits.at(size_t(row)));
  }
  outcome->origins.Append(input.origins.Select(kept));
  return Status::OK();
}

inline Result<std::shared_ptr<arrow::RecordBatch>> Join(
    const std::shared_ptr<arrow::Schema>& schema,
    const std::vector<std::shared_ptr<arrow::RecordBatch>>& pieces) {
  ARROW_ASSIGN_OR_RAISE(auto table, arrow::Table::FromRecordBatches(schema, pieces));
  return table->CombineChunksToBatch();
}

inline std::vector<Batch> CutIntoBatches(const std::shared_ptr<arrow::RecordBatch>& rows,
                                         int64_t batch_rows) {
  std::vector<Batch> batches;
  for (int64_t at = 0; at < rows->num_rows(); at += batch_rows) {
    const int64_t count = std::min(batch_rows, rows->num_rows() - at);
    batches.push_back({rows->Slice(at, count), Origins(RowRun{.row = at + 1, .count = count})});
  }
  return batches;
}

inline Status RunArranger(Arranger& stage, const std::shared_ptr<arrow::RecordBatch>& rows,
                          const std::vector<Batch>& batches, StageOutcome* outcome,
                          std::vector<std::shared_ptr<arrow::RecordBatch>>* pieces,
                          std::vector<int32_t>* splits) {
  for (const Batch& batch : batches) {
    ARROW_ASSIGN_OR_RAISE(const auto prepared, stage.Prepare(batch));
    ARROW_RETURN_NOT_OK(stage.Observe(batch, prepared.get()));
  }
  ARROW_ASSIGN_OR_RAISE(Arrangement arrangement, stage.Arrange(2));
  for (size_t i = 0; i < arrangement.order.size(); ++i) {
    const int64_t row = arrangement.order[i];
    std::shared_ptr<arrow::RecordBatch> piece = rows->Slice(row, 1);
    for (int c = 0; arrangement.added != nullptr && c < arrangement.added->num_columns(); ++c) {
      ARROW_ASSIGN_OR_RAISE(
          piece, piece->AddColumn(piece->num_columns(), arrangement.added->schema()->field(c),
                                  arrangement.added->column(c)->Slice(row, 1)));
    }
    pieces->push_back(std::move(piece));
    outcome->origins.Append(RowRun{.row = row + 1, .count = 1});
    splits->push_back(arrangement.splits.empty() ? 0 : arrangement.splits.at(i));
  }
  const int64_t dropped = rows->num_rows() - int64_t(arrangement.order.size());
  if (dropped > 0) outcome->drops[arrangement.drop_reason] += dropped;
  outcome->counts = std::move(arrangement.counts);
  return Status::OK();
}

}  // namespace internal

/// Runs the stage of `yaml` over `rows`, cut into batches of `batch_rows`.
inline Result<StageOutcome> RunStage(std::string_view yaml,
                                     const std::shared_ptr<arrow::RecordBatch>& rows,
                                     int64_t batch_rows) {
  ARROW_ASSIGN_OR_RAISE(Stage stage, StageFromYaml(yaml));
  StageOutcome outcome;
  std::vector<std::shared_ptr<arrow::RecordBatch>> pieces;
  std::vector<int32_t> splits;
  std::vector<std::string> names = {"train"};
  std::shared_ptr<arrow::Schema> schema;
  const std::vector<Batch> batches = internal::CutIntoBatches(rows, batch_rows);
  if (auto* transform = std::get_if<std::unique_ptr<Transform>>(&stage)) {
    ARROW_ASSIGN_OR_RAISE(schema, (*transform)->Bind(rows->schema()));
    ARROW_ASSIGN_OR_RAISE(names, (*transform)->BindSplits(names));
    for (const Batch& batch : batches) {
      ARROW_ASSIGN_OR_RAISE(const Applied applied, (*transform)->Apply(batch));
      ARROW_RETURN_NOT_OK(internal::Keep(applied, batch, &outcome, &pieces, &splits));
    }
  } else if (auto* decider = std::get_if<std::unique_ptr<Decider>>(&stage)) {
    ARROW_ASSIGN_OR_RAISE(schema, (*decider)->Bind(rows->schema()));
    for (const Batch& batch : batches) {
      ARROW_ASSIGN_OR_RAISE(const auto prepared, (*decider)->Prepare(batch));
      ARROW_ASSIGN_OR_RAISE(const Applied applied, (*decider)->Decide(batch, *prepared));
      ARROW_RETURN_NOT_OK(internal::Keep(applied, batch, &outcome, &pieces, &splits));
    }
    ARROW_RETURN_NOT_OK((*decider)->Finish(&outcome.counts));
  } else {
    Arranger& arranger = *std::get<std::unique_ptr<Arranger>>(stage);
    ARROW_ASSIGN_OR_RAISE(schema, arranger.Bind(rows->schema()));
    ARROW_ASSIGN_OR_RAISE(names, arranger.BindSplits(names));
    ARROW_RETURN_NOT_OK(internal::RunArranger(arranger, rows, batches, &outcome, &pieces, &splits));
  }
  ARROW_ASSIGN_OR_RAISE(outcome.rows, internal::Join(schema, pieces));
  for (int32_t split : splits) outcome.splits.push_back(names.at(size_t(split)));
  return outcome;
}

}  // namespace hubmill::testing

// A plan: what a recipe will do, bound to its inputs, before any row is read.
//
// Making a plan opens the sources and binds every stage to the schema before it, so a wrong column
// or type is found here.  Each data set is a list of phases; a phase ends at an arranger, which
// must have seen all rows, or at the sink.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hubmill/hubmill.h"

namespace hubmill {

struct PhasePlan {
  std::vector<NamedStage> stages;  // Point into DatasetPlan::stages.
  Arranger* arranger = nullptr;    // Ends the phase; null in the last one.
  std::string arranger_name;
  std::shared_ptr<arrow::Schema> schema;  // Of its rows; an arranger may add columns after.
  std::vector<std::string> splits;        // Of the rows that leave the phase.
};

struct DatasetPlan {
  std::string name;
  std::string data_dir;  // Relative to the output folder.
  std::unique_ptr<Source> source;
  std::vector<Stage> stages;
  std::vector<PhasePlan> phases;  // At least one.
  bool reject_bad_rows = false;
  Setting options;  // Source, stages and sink with every option written out, secrets hidden.
  std::shared_ptr<arrow::Schema> schema() const { return phases.back().schema; }
  const std::vector<std::string>& splits() const { return phases.back().splits; }

  /// As the report will name them: "source", and the stages of all phases.
  std::vector<std::string> StageNames() const;
};

struct Plan {
  std::vector<DatasetPlan> datasets;

  /// Of all inputs together; -1 where the size of one is not known.
  int64_t BytesToRead() const;

  /// For `hubmill plan`: phases, stages, schemas and inputs, as text for people.
  std::string ToText() const;
};

/// `progress` may be null; its `cancel` stops what is read from afar.  Errors show no secret.
Result<Plan> MakePlan(const Recipe& recipe, const RunOptions& options,
                      const Progress* progress = nullptr);

/// Writes down the files, rows and bytes that were read.  REQUIRES: the stages have reported.
void ReportInputs(const Source& source, DatasetReport* report);

/// Every option of a data set's blocks, as the manifest records them.
Setting FullOptions(const Recipe& recipe, const DatasetRecipe& dataset, int64_t seed);

}  // namespace hubmill

// The README.md of an output folder: front matter that tells the `datasets` library which files
// belong to which config and split, and of what types the columns are; and a short text for people.
#pragma once

#include <string>
#include <vector>

#include "core/run_report.h"
#include "hub/card_text.h"
#include "run/plan.h"

namespace hubmill {

/// The columns as `dataset_info` writes them; empty where a type has no equivalent there (maps), so
/// that readers infer.
std::vector<CardFeature> FeaturesOf(const arrow::Schema& schema);

/// The columns of a data file: as its "huggingface" metadata says, else FeaturesOf().
std::vector<CardFeature> FeaturesOfFile(const arrow::Schema& schema);

/// REQUIRES: report.datasets and plan.datasets are in the same order.
Result<std::string> RenderCard(const Recipe& recipe, const Plan& plan, const RunReport& report);

}  // namespace hubmill

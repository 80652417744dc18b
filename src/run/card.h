// The README.md of an output folder: front matter that tells the `datasets` library which files
// belong to which config and split, and a short text for people.
#pragma once

#include <string>

#include "core/run_report.h"
#include "run/plan.h"

namespace hubmill {

/// REQUIRES: report.datasets and plan.datasets are in the same order.
std::string RenderCard(const Recipe& recipe, const Plan& plan, const RunReport& report);

}  // namespace hubmill

// The licences of an output folder's rows (column source_license), rolled up: into its card, and
// into licenses.json, by which publishing decides.
#pragma once

#include <string>

#include "core/run_report.h"
#include "llm/licenses.h"

namespace hubmill {

inline constexpr char kLicensesFile[] = "licenses.json";

/// Counts the licences of the Parquet files that `report` lists below `folder`, adds them to its
/// README.md, and writes licenses.json.  Rows without such a column state no licence.
Status RollUpLicenses(const std::string& folder, const RunReport& report);

/// kDataRefused where licenses.json in `folder` says that its rows may not be published; OK where
/// there is none.
Status CheckLicenses(const std::string& folder);

}  // namespace hubmill

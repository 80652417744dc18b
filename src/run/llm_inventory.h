// hubmill llm inventory: what lies in data sets, before anybody downloads or trains on them.
#pragma once

#include <string>
#include <vector>

#include "core/executor.h"

namespace hubmill {

struct InventoryOptions {
  /// Folders (of one data set or several), or repositories: OWNER/NAME or
  /// hub://OWNER/NAME@REVISION.
  std::vector<std::string> inputs;
  std::string out_dir;
  int threads = 0;  // 0: one a core.
  std::string hub;  // As RunOptions has them.
  std::string hub_token;
};

struct InventoryReport {
  std::string coverage;  // The table of metadata_coverage.md.
  int64_t datasets = 0;
  int64_t files = 0;
  int64_t rows = 0;
  int64_t bytes = 0;
};

/// Writes inventory.json, metadata_coverage.md and metadata_coverage.json.  A data set is the
/// folder above `data/`, else the nearest one with a README.md, else the one that was named.
Result<InventoryReport> RunInventory(const InventoryOptions& options, Progress* progress);

}  // namespace hubmill

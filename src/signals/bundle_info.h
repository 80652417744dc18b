// dataset_info.json and README.md of a bundle.
#pragma once

#include <arrow/type_fwd.h>

#include <string>
#include <vector>

#include "signals/bundle_sink.h"

namespace hubmill {

struct BundleInfo {
  std::string generated_at;  // 2026-01-01T00:00:00.000Z
  int64_t rows = 0;
  std::vector<SignalsCell> cells;
  std::vector<SignalsSplit> splits;
  bool slugs = true;    // Splits by the names of their files; else as rows say them.
  std::string git_sha;  // Empty: left out.
};

/// The text of the file, keys in the order of the original.
std::string RenderBundleInfo(const SignalsSchema& schema, const BundleInfo& info);

/// The commit that HEAD of the git tree around `folder` is at; empty where there is none.
std::string GitHead(const std::string& folder);

/// Columns of a row as readers load it.
std::shared_ptr<arrow::Schema> ColumnsOf(const SignalsSchema& schema);

}  // namespace hubmill

// hubmill convert: files of one format to files of another, the shortest useful recipe.
//
// A folder as output is an ordinary recipe run.  One file as output passes the same source, stages
// and sink, but is renamed into place by itself, without manifest and card.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/executor.h"
#include "core/run_report.h"

namespace hubmill {

struct ConvertOptions {
  std::vector<std::string> inputs;  // Files, globs, folders or URIs; "-" is standard input.
  std::string output;            // A .parquet or .jsonl(.gz|.zst) file, or a folder ending in '/'.
  std::string input_format;      // jsonl, csv or parquet; empty: by the inputs' names.
  std::string output_format;     // parquet or jsonl; empty: by the output's name (folder: parquet).
  std::string clean_column;      // Passed through clean_text; empty: none.
  std::optional<int64_t> level;  // zstd level; unset: the sink's default.
  bool reject_bad_rows = false;  // Drop and count rows that cannot be decoded.
  int threads = 0;               // 0 means one a core.
  int64_t batch_rows_max = 8192;
  int64_t rows_max = -1;  // -1 means all.
  std::string hub;        // As in RunOptions.
  std::string hub_token;
};

/// Reads the inputs and writes the output, which appears complete or not at all; a file of that
/// name is replaced.  `progress` may be null.
Result<RunReport> RunConvert(const ConvertOptions& options, Progress* progress);

}  // namespace hubmill

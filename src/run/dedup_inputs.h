// The inputs and the output of `hubmill dedup`, opened as each of its passes needs them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/output_folder.h"
#include "run/dedup.h"
#include "run/plan.h"

namespace hubmill {

enum class DedupView : uint8_t {
  kCompared,  // The columns that are compared and ranked by.
  kWritten,   // What is written: whole lines, or all columns.
  kBoth,
};

class DedupInputs {
 public:
  /// Both must outlive this.
  DedupInputs(const DedupOptions& options, Progress* progress)
      : options_(options), progress_(progress) {}

  /// Finds out what the inputs are; refuses an output that is one of them, and what this cannot
  /// read or write.
  Status Look();

  Result<Plan> Open(DedupView view);
  Result<Plan> OpenAgainst();

  /// For a plan of Open(kWritten) or Open(kBoth).
  Result<std::unique_ptr<Sink>> OpenSink(const DatasetPlan& plan, const SingleFile& file) const;

 private:
  Result<std::string> FormatOf(const std::vector<std::string>& paths) const;
  Result<Plan> OpenPaths(const std::vector<std::string>& paths, const std::string& format,
                         DedupView view) const;
  Recipe RecipeOf(const std::vector<std::string>& paths, const std::string& format,
                  DedupView view) const;

  const DedupOptions& options_;
  Progress* const progress_;
  std::string format_;          // "jsonl", "csv", "parquet" or "files".
  std::string against_format_;  // The same.
  std::string sink_;            // "jsonl" or "parquet".
  std::string compression_;     // "gzip", "zstd" or empty.
  bool lines_ = false;          // Lines are written as they stand.
};

}  // namespace hubmill

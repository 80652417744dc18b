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

  /// Fails where an input is not what it was when it was opened first.
  Result<Plan> Open(DedupView view);
  Result<Plan> OpenAgainst();

  /// The same, after the last pass over `source`, which Open() gave.
  Status CheckUnchanged(const Source& source) const;

  /// Whether the columns beside the text are read as JSON text, whatever they hold.
  bool ReadsJsonText(bool own, DedupView view) const {
    return ReadsParts(own ? own_ : against_, view);
  }

  /// The only column of Open(kWritten) or Open(kBoth) that is written; empty: all are.
  std::string WrittenColumn() const;

  /// What Open(kWritten) reads, and the sink that it is written by.
  Recipe WrittenRecipe() const { return RecipeOf(own_, DedupView::kWritten); }

 private:
  /// Inputs of one side: ours, or those of --against.
  struct Side {
    const std::vector<std::string>* paths = nullptr;
    bool own = false;
    std::string format;               // "jsonl", "csv", "parquet" or "files".
    bool tabs = false;                // "csv" whose fields are parted by tabs.
    std::vector<std::string> states;  // Of its files when they were opened first.
  };
  Status LookAt(Side* side) const;
  Status CheckTable(const std::string& option, const std::string& path,
                    const std::vector<std::string>& written) const;
  Status ReadOutputName();
  Status CheckOutput(const std::string& path) const;
  Result<Plan> OpenSide(Side* side, DedupView view);
  bool ReadsParts(const Side& side, DedupView view) const;
  Recipe RecipeOf(const Side& side, DedupView view) const;

  const DedupOptions& options_;
  Progress* const progress_;
  Side own_;
  Side against_;
  std::string sink_;         // "jsonl" or "parquet".
  std::string compression_;  // "gzip", "zstd" or empty.
  bool lines_ = false;       // Lines are written as they stand.
};

}  // namespace hubmill

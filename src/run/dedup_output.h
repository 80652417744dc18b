// Where `hubmill dedup` writes: one file, or a folder of shards as `hubmill run` writes it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/registry.h"
#include "io/lineage.h"
#include "io/output_folder.h"
#include "run/dedup.h"
#include "run/plan.h"

namespace hubmill {

/// Whether `output` names a folder: by a slash at its end, or a last part without a dot.
bool IsFolderName(const std::string& output);

/// Not thread-safe.  What is not committed vanishes.
class DedupOutput {
 public:
  /// Refuses a target that cannot be written, or holds anything but an earlier output of hubmill.
  static Result<std::unique_ptr<DedupOutput>> Open(const DedupOptions& options);
  ~DedupOutput();

  /// The sink of `use` for rows of `schema`; in a folder it also writes down where they came from.
  Result<std::unique_ptr<Sink>> OpenSink(const BlockUse& use,
                                         const std::shared_ptr<arrow::Schema>& schema,
                                         const std::vector<std::string>& splits);

  /// After the sink's Close(), whose files `report` names: makes the output visible.  In a folder
  /// card and manifest are written before.  `by_lines`: the columns of `plan` are not the data's.
  Status Commit(const Recipe& recipe, Plan& plan, bool by_lines, const RunReport& report);

 private:
  DedupOutput() = default;
  Status WriteTexts(const Recipe& recipe, const Plan& plan, const RunReport& report) const;

  std::unique_ptr<SingleFile> file_;  // Exactly one of the two.
  std::unique_ptr<OutputFolder> folder_;
  std::unique_ptr<LineageWriter> lineage_;
  bool committed_ = false;
};

/// What the manifest of a folder says of the run.
Setting ParametersOf(const DedupOptions& options);

}  // namespace hubmill

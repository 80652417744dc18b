// rejects.jsonl: every dropped row with its stage, reason, file and row number, and its columns.
//
// One JSON object a line: {"dataset", "stage", "reason", "why", "file", "row", "data"}.  Rows that
// pii_guard dropped have null as data: keeping them would leak what the guard took out.  So have
// rows that the source could not read.
#pragma once

#include <memory>
#include <string>

#include "core/executor.h"

namespace hubmill {

/// Not thread-safe.
class RejectWriter : public RejectSink {
 public:
  /// Writes DIR/rejects.jsonl under a temporary name until Finish().
  static Result<std::unique_ptr<RejectWriter>> Open(const std::string& dir);

  /// Names the data set of the rows that follow.
  virtual void BeginDataset(const std::string& name) = 0;

  /// Makes the file visible.
  virtual Status Finish() = 0;
};

/// Refuses rejects within the output folder: that is replaced as a whole, and they would be a file
/// in it that hubmill did not write.  Either may be empty.
Status CheckRejectsApart(const std::string& output_dir, const std::string& rejects_dir);

}  // namespace hubmill

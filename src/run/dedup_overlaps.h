// The rows of `hubmill dedup` that overlap other data as a table: what each of them shares, and
// with which row.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dedup/overlap.h"
#include "run/side_table.h"

namespace hubmill {

/// Parquet: id (FILE:ROW), other (the same of --against), words (the first shared run as it stands
/// in the row), word (where it begins, from 1), ngrams (runs of words in the row), shared (how many
/// of them are in --against).  Not thread-safe.
class OverlapWriter {
 public:
  /// Writes to `file`, and leaves its Commit() to the caller.  `names` are of our files, `others`
  /// of those of --against, by number.
  static Result<std::unique_ptr<OverlapWriter>> Open(const SingleFile& file,
                                                     std::vector<std::string> names,
                                                     std::vector<std::string> others);
  ~OverlapWriter();

  Status Append(const OverlapRow& row);
  Status Close();

 private:
  struct Columns;
  explicit OverlapWriter(SideTable table);
  Status Flush();

  std::vector<std::string> names_;
  std::vector<std::string> others_;
  SideTable table_;
  std::unique_ptr<Columns> columns_;
};

}  // namespace hubmill

// Lineage: which source row each written row came from, kept beside the data.
//
// One line a run of consecutive rows, so a data set that keeps its order costs a few bytes for
// thousands of rows.  The file is Parquet with the columns
//   split string, row int64 (first row in that split, 0-based), file int32 (index into the
//   manifest's inputs), source_row int64 (1-based in that file), rows int64 (length of the run)
// and lies at .hubmill/lineage/<data set>.parquet.  Memory: kRunsBufferedMax runs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/batch.h"
#include "core/failure.h"

namespace hubmill {

inline constexpr size_t kRunsBufferedMax = 1 << 16;

/// Not thread-safe: called in row order.
class LineageWriter {
 public:
  /// Creates `path`, a local file.
  static Result<std::unique_ptr<LineageWriter>> Open(const std::string& path,
                                                     std::vector<std::string> splits);
  virtual ~LineageWriter() = default;

  /// The origins of rows about to be written, in output order.
  virtual Status Append(const Origins& origins) = 0;
  virtual Status Close() = 0;
};

/// Gives `visit` every run of a lineage file in its order; of `run` all but `split` is set.  What
/// is no lineage is kDataRefused.
Status ReadLineage(const std::string& path,
                   const std::function<Status(const std::string& split, const RowRun& run)>& visit);

}  // namespace hubmill

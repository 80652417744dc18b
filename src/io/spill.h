// Spill: rows that wait on disk until an arranger has seen them all.
//
// SpillSink writes uncompressed Arrow IPC with the origins as three more columns; SpillSource maps
// the file and gathers rows in the order an Arrangement gives.  The file is private to the run (no
// one else truncates it), so mapping it is safe; memory is the page cache's, not ours.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/sink.h"
#include "core/source.h"
#include "core/stage.h"

namespace hubmill {

/// Close() returns no files: a spill is not an output.
class SpillSink {
 public:
  /// Writes DIR/rows.arrow, and makes the folders above it.
  static Result<std::unique_ptr<Sink>> Open(const std::string& dir,
                                            std::shared_ptr<arrow::Schema> schema);
};

/// Rows of a closed spill, in the order (and splits, and with the added columns) of an arrangement,
/// as morsels of at most `batch_rows_max` rows.  Row numbers are those of the first source.
class SpillSource {
 public:
  /// `files` and `splits` are what origins index.
  static Result<std::unique_ptr<Source>> Open(const std::string& dir, Arrangement arrangement,
                                              std::vector<SourceFile> files,
                                              std::vector<std::string> splits,
                                              int64_t batch_rows_max);
};

}  // namespace hubmill

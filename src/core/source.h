// Source: where rows come from.
//
// A source is read in two steps, so that all cores work on one large file: Next() hands out morsels
// (a byte range, a block of decompressed lines, a row group) and is cheap; Morsel::Decode() turns
// one into batches and may run on any thread.  Where a source cuts its morsels depends on its
// options alone, never on the number of threads, so results do not either.
#pragma once

#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/batch.h"
#include "core/failure.h"

namespace hubmill {

/// A row that could not be decoded.  `why` names the field and the remedy, never a value.
struct BadRow {
  int64_t row = 1;     // Counted from the start of its morsel, 1-based.
  std::string reason;  // A stable identifier, for example "invalid_json".
  std::string why;     // A sentence for people.
};

/// What a morsel held.
struct Decoded {
  std::vector<Batch> batches;    // Rows numbered from the start of the morsel.
  std::vector<BadRow> bad_rows;  // Ascending.  The executor fails the run or rejects them.
  int64_t row_numbers = 0;       // Row numbers used up: rows, bad rows and blank lines.
};

/// A part of one source file.  Decode() is called once, on any thread.
class Morsel {
 public:
  virtual ~Morsel() = default;
  virtual Result<Decoded> Decode() = 0;

  int32_t file = 0;   // Index into Source::files().
  int64_t bytes = 0;  // Input bytes (compressed where the file is), for progress.
};

/// One input, as the manifest records it.
struct SourceFile {
  std::string name;         // Path or URI as given; never holds a secret.
  int64_t size_bytes = -1;  // -1 where unknown (standard input).
  std::string hash;      // "xxh128:<32 hex>" of the bytes, or "footer-xxh128:" for Parquet; empty
                         // where it was not read to its end.
  std::string revision;  // Commit id of a Hub repository; else empty.
};

/// Thread safety: one thread calls Next(); morsels may outlive later calls, not the source.
class Source {
 public:
  virtual ~Source() = default;

  /// Known before the first Next().
  virtual const std::shared_ptr<arrow::Schema>& schema() const = 0;

  /// The next morsel, null at the end.  A morsel without rows is not the end.
  virtual Result<std::unique_ptr<Morsel>> Next() = 0;

  /// All files, in reading order; sizes are known at once, hashes when the source is read.
  virtual const std::vector<SourceFile>& files() const = 0;

  /// Names of the splits that RowRun::split indexes; {"train"} unless the paths name others.
  virtual const std::vector<std::string>& splits() const = 0;
};

}  // namespace hubmill

// The rows of a split, by number: a page of them anywhere, or all in order.
//
// Parquet.  Footers are read once, at Open().  A page of rows needs the data pages that hold them
// and no others: where they lie is told by the offset index, or by the page headers, which are
// walked once a column chunk (flat columns and v2 pages).  The pages become a small Parquet file in
// memory, which Arrow reads (page_reader.h).  Elsewhere the needed columns of the row group are
// decoded from its start, in batches.
//
// JSON lines, CSV, Zeek logs (.gz and .zst too).  Rows are found by reading, in parts of about 1
// MiB.  Which rows a part has is kept, and so are the last parts; going back to another costs
// reading up to it (and decompressing), but no decoding.  The number of rows is known when all has
// been read: CountRows().
//
// Rows count from 0, over all files.  Lines that are no row (bad JSON, …) are passed over and
// counted.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/failure.h"
#include "io/input_files.h"

namespace hubmill {

/// Names of a column's values 0, 1, …
using ClassNames = std::map<std::string, std::vector<std::string>>;

struct RowTableOptions {
  int64_t read_bytes_max = 64 << 20;   // Of Arrow data that one Read() returns, or one batch holds.
  int64_t batch_rows_max = 8192;       // Of Scan(); fewer where rows are large.
  int64_t decode_bytes_min = 4 << 20;  // Parquet columns of less are decoded, not read by pages.
  /// Of the card.  Those of the files' metadata stand before them; of columns that are not there,
  /// or hold no integers, they are passed over.
  ClassNames class_names;
};

/// Rows [first_row, end_row) of a Scan().
struct RowSpan {
  int64_t first_row = 0;
  int64_t end_row = INT64_MAX;
};

inline constexpr int64_t kQuickCountBytesMax = 64 << 20;  // Of plain text.

/// Thread-safe; no call waits for another one's reading.  Memory: the footers; of each call the
/// pages that it decodes (those of a row group's column at most where there is no index), what it
/// returns, and as much again of the largest column, which is joined of batches.  Batches are about
/// 8 MiB, judged by the rows before: rows that are larger of a sudden are decoded at most 4 times
/// as many as were at once before.  Of text files 24 bytes a part, a cache of 64 MiB and 4 open
/// readers at rest.  Batches can be walked safely (offsets, lengths), but
/// their text need not be UTF-8.
class RowTable {
 public:
  /// Is shown rows [first_row, first_row + batch.num_rows()); false stops the scan.
  using Visit = std::function<Result<bool>(const std::shared_ptr<arrow::RecordBatch>& batch,
                                           int64_t first_row)>;

  /// The files of one split, of one format.  Columns are those of all files (null where a file
  /// lacks one); one with two types is kDataRefused.  No file at all is a table without columns.
  /// Errors: kDataRefused (broken; names the file), kWrongUsage (not there, formats that differ or
  /// are unknown), kService.
  static Result<std::shared_ptr<RowTable>> Open(std::vector<InputFile> files,
                                                RowTableOptions options = {});

  virtual ~RowTable() = default;
  RowTable(const RowTable&) = delete;
  RowTable& operator=(const RowTable&) = delete;

  /// With the metadata of the first file that has any ("huggingface"), and class names of the card
  /// as io/hf_features.h keeps them.
  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }
  const std::vector<InputFile>& files() const { return files_; }

  /// The number of rows; -1 where that is not known yet (text files that were not read to the end).
  virtual int64_t rows() const = 0;

  /// Reads on to the end where need be.  `cancel` may be null; once true, a failure "cancelled".
  virtual Result<int64_t> CountRows(const std::atomic<bool>* cancel = nullptr) = 0;

  /// Whether CountRows() needs no cancelling: rows() is known, or the files are plain text of
  /// kQuickCountBytesMax together.  The size of a .gz or .zst does not tell what is in it.
  bool CountsQuickly() const;

  /// Lines passed over so far since they are no rows; 0 of Parquet.
  virtual int64_t bad_rows() const { return 0; }
  /// The first of them, "FILE row 3: what is wrong with it"; empty where there is none yet.
  virtual std::string first_bad_row() const { return ""; }

  /// Rows [offset, offset + length) of `columns` (all where empty) in that order; fewer at the end
  /// of the table, and where they would be more than read_bytes_max (one row is always given).
  /// Behind the end: a batch without rows.  An unknown column is kWrongUsage and names the nearest.
  /// A file that changed since Open() is kDataRefused: "changed while it was read".
  /// `cancel` as in CountRows().  REQUIRES: offset >= 0, length >= 0.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> Read(
      int64_t offset, int64_t length, const std::vector<std::string>& columns = {},
      const std::atomic<bool>* cancel = nullptr) = 0;

  /// All rows of `span` in order, in batches.  Several threads may scan spans of their own.
  virtual Status Scan(const std::vector<std::string>& columns, RowSpan span,
                      const Visit& visit) = 0;

  /// Rows at which a Scan() starts without reading what is before, ascending; the first is 0: row
  /// groups of Parquet.
  virtual std::vector<int64_t> Starts() const = 0;

  /// The first row of each file, then rows(); ends early where that is not known yet.
  virtual std::vector<int64_t> FileStarts() const = 0;

  /// The schema of `columns` in their order, of all where empty; with the metadata.  Errors as
  /// Read().
  Result<std::shared_ptr<arrow::Schema>> ChooseColumns(
      const std::vector<std::string>& columns) const;

  /// Whether the files are still as Open() found them (size and time); for those who keep tables.
  Status CheckUnchanged() const;

 protected:
  RowTable(std::vector<InputFile> files, RowTableOptions options)
      : files_(std::move(files)), options_(std::move(options)) {}

  /// Remembers size and time of every file.
  Status NoteFiles();
  /// The file as it was noted, or kDataRefused.
  Status CheckFile(size_t file) const;

  std::vector<InputFile> files_;
  RowTableOptions options_;
  std::shared_ptr<arrow::Schema> schema_;

 private:
  /// Puts options_.class_names into the schema.
  Status NameClasses();

  struct Noted {
    int64_t size_bytes = -1;
    int64_t mtime_ns = -1;
  };
  std::vector<Noted> noted_;
};

}  // namespace hubmill

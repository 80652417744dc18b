// A RowTable over files of lines: JSON lines, CSV, Zeek logs.  Internal to view/.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/source.h"
#include "view/row_table.h"

namespace hubmill {

inline constexpr int64_t kPartsKeptBytes = 64 << 20;  // Of decoded rows.
inline constexpr size_t kIdleCursorsMax = 4;          // Open files and a part's bytes each.

class LineTable final : public RowTable {
 public:
  static Result<std::shared_ptr<RowTable>> Open(std::vector<InputFile> files, std::string format,
                                                RowTableOptions options);

  int64_t rows() const override;
  Result<int64_t> CountRows(const std::atomic<bool>* cancel) override;
  int64_t bad_rows() const override;
  std::string first_bad_row() const override;
  Result<std::shared_ptr<arrow::RecordBatch>> Read(int64_t offset, int64_t length,
                                                   const std::vector<std::string>& columns,
                                                   const std::atomic<bool>* cancel) override;
  Status Scan(const std::vector<std::string>& columns, RowSpan span, const Visit& visit) override;
  std::vector<int64_t> Starts() const override { return {0}; }
  std::vector<int64_t> FileStarts() const override;

 private:
  LineTable(std::vector<InputFile> files, std::string format, RowTableOptions options)
      : RowTable(std::move(files), options), format_(std::move(format)) {}

  /// The morsels of all files in order, from part `next` on.
  struct Cursor {
    std::unique_ptr<Source> source;  // Null: at the start, not opened yet.
    size_t next = 0;
  };
  using Part = std::vector<std::shared_ptr<arrow::RecordBatch>>;

  Status Bind();
  Result<std::unique_ptr<Source>> OpenSource() const;
  Status MoveTo(size_t part, const std::atomic<bool>* cancel, Cursor* cursor) const;
  /// Decodes the part that `cursor` stands at; null at the end.  Notes how many rows it has.
  Result<std::shared_ptr<const Part>> ReadPart(Cursor* cursor);
  void Note(size_t part, int32_t file, int64_t part_rows, const Decoded& decoded);
  /// The part that holds `row`, of those known; the first unknown one otherwise.
  size_t FindPart(int64_t row) const;
  /// A part by its number: kept, or read at `cursor`, which is taken from the idle ones where it
  /// has none.  Null at the end.
  Result<std::shared_ptr<const Part>> TakePart(size_t part, const std::atomic<bool>* cancel,
                                               Cursor* cursor);
  Cursor TakeCursor(size_t part);
  void ReturnCursor(Cursor cursor);
  void Keep(size_t part, std::shared_ptr<const Part> rows);

  const std::string format_;
  std::vector<std::string> json_columns_;  // Of mixed types: shown as JSON text.
  bool empty_ = false;                     // No file has a byte.

  mutable std::mutex mutex_;         // Of what follows.
  std::vector<int64_t> starts_{0};   // The first row of each known part, and the next one's.
  std::vector<int32_t> part_files_;  // Of each known part.
  bool all_known_ = false;
  int64_t bad_rows_ = 0;
  std::string first_bad_row_;
  int64_t numbers_used_ = 0;  // In the file of the last known part.

  // Of Read(); each call reads at a cursor of its own, so a far jump keeps no other call waiting.
  std::vector<Cursor> idle_;
  std::map<size_t, std::shared_ptr<const Part>> kept_;
  std::deque<size_t> kept_order_;
  int64_t kept_bytes_ = 0;
};

}  // namespace hubmill

// What changed between two tables: columns, and rows that are the same, added, removed or changed.
//
// Rows are compared by the columns that both tables have, whatever their order; those of one side
// only are reported and left out, and so is nothing else.  Values are compared as canonical_value.h
// says, so the format does not matter.
//
// Without key columns a row is equal to another as a whole, and rows are multisets: of 3 equal rows
// before and 5 now, 3 are the same and 2 are added.  With key columns, rows of one key belong
// together: the same where all compared columns are, else changed.  Where a key comes more than
// once (reported as `duplicate_keys`), equal rows are paired first, the others in row order, and
// what is left over is removed or added.
//
// Memory: 32 bytes a row of both tables up to `memory_bytes_max`, beyond which they go to a file
// (row_entries.h); 16 bytes a changed row, and up to 256 MiB while columns of changed rows are
// counted.  A pair of different rows is taken for equal with a probability of 2^-64 with keys, and
// 2^-128 without.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/failure.h"
#include "view/parallel_scan.h"
#include "view/row_table.h"

namespace hubmill {

struct SetDiffOptions {
  std::vector<std::string> key;  // Empty: rows are compared whole.
  int samples = 5;               // Of each kind, those of the lowest row numbers.
  int64_t memory_bytes_max = int64_t{1} << 30;
  std::string spill_dir;  // Empty: TMPDIR, else /tmp.
  ScanOptions scan;       // `progress` counts the rows of both tables, and those read again.
};

struct DiffColumn {
  std::string name;
  std::string type;
  std::string type_now;  // Of columns whose type changed.
};

struct ChangedColumn {
  std::string name;
  int64_t rows = 0;
};

/// Row numbers count from 0; -1 where there is none.
struct RowPair {
  int64_t before = -1;
  int64_t now = -1;
};

struct DiffSample {
  RowPair rows;
  std::vector<std::string> columns;  // Of a changed row: those that changed.
  std::string cells_before;          // {"column": cell, …} (docs/pages.md); empty: no such row.
  std::string cells_now;
};

struct DuplicateKeys {
  int64_t keys = 0;  // That come more than once.
  int64_t rows = 0;  // That have them.
};

struct SetDiff {
  int64_t rows_before = 0;
  int64_t rows_now = 0;
  int64_t same = 0;
  int64_t added = 0;
  int64_t removed = 0;
  int64_t changed = 0;

  std::vector<std::string> key;
  std::vector<std::string> compared;  // Columns, the key's too; by name.
  std::vector<DiffColumn> columns_added;
  std::vector<DiffColumn> columns_removed;
  std::vector<DiffColumn> types_changed;
  std::vector<ChangedColumn> changed_columns;  // The most rows first.

  DuplicateKeys duplicates_before;
  DuplicateKeys duplicates_now;
  std::vector<RowPair> duplicate_samples;  // The first row of such a key on each side.

  std::vector<DiffSample> added_samples;
  std::vector<DiffSample> removed_samples;
  std::vector<DiffSample> changed_samples;
  int64_t spilled_bytes = 0;

  int64_t bad_rows_before = 0;  // Lines that are no rows, and were not compared.
  int64_t bad_rows_now = 0;

  /// Whether rows, columns or types differ, or the number of lines that are no rows.
  bool Differs() const;
  nlohmann::ordered_json ToJson() const;
};

/// `before` and `now` may be one table.  Errors: kWrongUsage (a key column that one side lacks;
/// names the nearest) and those of RowTable::Scan().
Result<SetDiff> CompareTables(RowTable& before, RowTable& now, const SetDiffOptions& options);

}  // namespace hubmill

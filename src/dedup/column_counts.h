// How many values the named columns held: JSON lines have no schema, so a mistyped name reads as a
// column of nulls, and would mean that nothing is a duplicate.
#pragma once

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>

#include <array>
#include <cstdint>
#include <string>

#include "core/failure.h"

namespace hubmill {

struct ColumnCounts {
  int64_t rows = 0;
  std::array<int64_t, 3> values = {};  // Text, within, best.

  void Add(const ColumnCounts& other) {
    rows += other.rows;
    for (size_t i = 0; i < values.size(); ++i) values[i] += other.values[i];
  }

  /// Refuses the first of `names` (empty: not asked for) of which no row has a value.
  Status Check(const std::array<std::string, 3>& names) const {
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i].empty() || rows == 0 || values[i] > 0) continue;
      return DataRefused("no row has the column: column=", names[i], " rows=", rows,
                         "; remedy: name one that the rows have, --text, --scope within: or "
                         "--keep best:");
    }
    return Status::OK();
  }
};

/// `columns`: -1 is counted as nothing.
inline ColumnCounts CountValues(const arrow::RecordBatch& rows, const std::array<int, 3>& columns) {
  ColumnCounts counts{.rows = rows.num_rows()};
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] < 0) continue;
    counts.values[i] = rows.num_rows() - rows.column(columns[i])->null_count();
  }
  return counts;
}

}  // namespace hubmill

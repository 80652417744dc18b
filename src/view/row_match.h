// Which rows of two tables belong together, from their entries.  The outcome depends on the entries
// alone, not on threads or on what was spilled.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/failure.h"
#include "view/row_entries.h"
#include "view/set_diff.h"

namespace hubmill {

struct RowMatch {
  int64_t same = 0;
  int64_t added = 0;
  int64_t removed = 0;
  DuplicateKeys duplicates_before;
  DuplicateKeys duplicates_now;
  std::vector<RowPair> changed;  // By `before`, ascending.
  // Of the lowest row numbers, ascending; samples_max of each.
  std::vector<RowPair> added_rows;
  std::vector<RowPair> removed_rows;
  std::vector<RowPair> duplicate_rows;
};

/// Matches rows of one key after the other.  `keyed`: entries have keys of their own, and rows of
/// one key whose `rest` differs are changed.
Result<RowMatch> MatchRows(RowEntries& entries, bool keyed, size_t samples_max, int threads);

}  // namespace hubmill

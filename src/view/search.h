// Search in the rows of a split: a text, a condition, or both.
//
// The text is looked for in every string of a row, those in lists, objects and maps too, without
// regard to case as far as one code point folds to one (ASCII, Latin, Greek, Cyrillic and their
// like; "ß" is not "ss").  The condition is the language of the stage `filter`
// (stages/expression.h).
#pragma once

#include <arrow/record_batch.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/failure.h"
#include "view/row_table.h"

namespace hubmill {

inline constexpr size_t kSearchTextBytesMax = 4096;
inline constexpr int64_t kSearchHitsMax = 10'000;

struct SearchOptions {
  std::string text;                     // Empty: no text is looked for.
  std::vector<std::string> in_columns;  // Where `text` is looked for; empty: everywhere.
  std::string filter;                   // Empty: no condition.
  std::vector<std::string> columns;     // Of the hits; empty: all.
  int64_t hits_max = 100;               // The search ends with this many; 1 to kSearchHitsMax.
  RowSpan span;
  int threads = 2;  // Changes no result: hits come in row order.
};

struct SearchCallbacks {
  /// A row that was found: row 0 of `cells`, which has `columns`.  False ends the search.
  std::function<bool(int64_t row, const std::shared_ptr<arrow::RecordBatch>& cells)> hit;
  /// Now and then, after each batch: rows looked at; rows_total is -1 where not known.  May be
  /// empty.
  std::function<void(int64_t rows, int64_t rows_total)> progress;
  const std::atomic<bool>* cancel = nullptr;  // Once true the search ends soon.
};

struct SearchEnd {
  int64_t hits = 0;
  int64_t rows = 0;       // Looked at, from the start of the span.
  bool complete = false;  // All rows of the span were looked at.
};

/// Callbacks come from the calling thread.  Errors: kWrongUsage (no text and no filter, an unknown
/// column, a filter that does not parse or fit: names position and the nearest column), and those
/// of Scan().  Memory: a few batches a thread, and the hits of row groups that were looked at
/// before their turn (hits_max rows each at most).
Result<SearchEnd> SearchRows(RowTable& table, const SearchOptions& options,
                             const SearchCallbacks& callbacks);

/// Whether `text` holds `folded_needle` (FoldCase() of it) in any case.
bool HoldsFolded(std::string_view text, std::string_view folded_needle);
/// Lower case by simple folding, each code point by itself; wrong bytes stay.
std::string FoldCase(std::string_view text);

}  // namespace hubmill

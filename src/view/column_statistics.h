// Statistics of each column of a split, in the shape of the Hub's dataset viewer (`/statistics`,
// https://huggingface.co/docs/dataset-viewer/statistics), and what drift is measured by.
//
// Text is a label (`string_label`, with frequencies) where it has at most 10 different values, or
// at most 1,000 that are at most a fifth of the rows, null counted as one; else `string_text`, with
// statistics of its lengths in characters.  Lists are told by their lengths, times by seconds since
// the first.  NaN counts as null.  What the viewer leaves out or refuses: infinities are counted
// (`infinite_count`, where there are any) and are in no other number; a ClassLabel's values without
// a name are `unknown_label_count`; structs, bytes and other types are `other`, with their nulls.
//
// All numbers are exact, at any number of rows and threads: one pass counts the values
// (view/value_counts.h); a column with more different values than it counts by themselves is read
// once more, when it is known where its median and its bins lie.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/failure.h"
#include "view/column_gather.h"
#include "view/number_facts.h"
#include "view/parallel_scan.h"
#include "view/row_table.h"

namespace hubmill {

struct ColumnStatistics {
  std::string name;
  std::string type;  // float, int, bool, class_label, string_label, string_text, list, datetime,
                     // other
  int64_t nan_count = 0;
  double nan_proportion = 0;
  NumberFacts numbers;  // Of numbers, lengths and times; empty where all is null.
  int64_t infinite_count = 0;
  std::vector<std::pair<std::string, int64_t>> frequencies;  // Of labels, classes and bools; labels
                                                             // by count, the greatest first.
  size_t n_unique = 0;  // Of labels, by their bytes: wrong UTF-8 may be shown alike, and added up.
  int64_t no_label_count = 0;       // class_label: -1.
  int64_t unknown_label_count = 0;  // class_label: beyond the names.

  bool IsCategory() const { return type == "class_label" || type.starts_with("string_l"); }
};

/// A split's statistics, and the counts they come from.
struct SplitStatistics {
  int64_t num_examples = 0;
  int64_t bad_rows = 0;  // Lines that are no rows, passed over.
  std::string first_bad_row;
  std::vector<ColumnStatistics> columns;
  std::vector<std::unique_ptr<ColumnGather>> gathered;  // The same columns.

  /// {"num_examples", "statistics": [{"column_name", "column_type", "column_statistics"}],
  /// "partial": false}, and "bad_rows" and "first_bad_row" where there are any.  Valid JSON
  /// whatever the texts hold.
  nlohmann::ordered_json ToJson() const;
};

struct StatisticsOptions {
  std::vector<std::string> columns;                             // Empty: all.
  std::map<std::string, std::vector<std::string>> class_names;  // ClassLabels of integer columns.
  ScanOptions scan;
  size_t distinct_max = 0;  // Values counted by themselves; 0: DistinctMaxOf().  For tests.
};

/// Errors: kWrongUsage (no such column; names the nearest) and those of RowTable::Scan().
Result<SplitStatistics> ComputeStatistics(RowTable& table, const StatisticsOptions& options);

/// kDataRefused where two columns have one name: nobody could say which is meant.
Status CheckNamesDiffer(const arrow::Schema& schema);

/// Null, a number or a text as JSON.
nlohmann::ordered_json JsonOf(const Number& number);

/// `text` with every byte that is no UTF-8 as U+FFFD.
std::string ValidUtf8(const std::string& text);

}  // namespace hubmill

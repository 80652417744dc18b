// Drift: how far the values of each column of one data set are from those of another.
//
// With P the shares of the reference's values and Q those of the new set, nulls left out:
//   total variation   sum |P - Q| / 2: the share of rows that would have to change; 0 to 1.
//   Jensen-Shannon    sqrt(KL(P||M) / 2 + KL(Q||M) / 2), M = (P + Q) / 2, logarithms to base 2;
//                     0 to 1.  J. Lin, IEEE Trans. Inf. Theory 37 (1991); scipy's jensenshannon.
//   Kolmogorov-Smirnov  max |F - G| of the distribution functions; 0 to 1.  scipy's ks_2samp.
//   Wasserstein-1     integral of |F - G|, in the column's unit (times: seconds).  L. N. Vaserstein
//                     (1969); scipy's wasserstein_distance.  `normalized` is it divided by the
//                     reference's standard deviation.
//   PSI               sum (Q - P) ln(Q / P) over categories, or over ten bins between the
//                     reference's deciles; a share below 0.0001 counts as that.  N. Siddiqi,
//                     "Credit Risk Scorecards" (2006): below 0.1 little, above 0.25 much.
//
// Texts that are labels on both sides, classes (by name) and bools are categories; numbers, times
// and the lengths of texts and lists are numbers.  What a column is sorted and judged by:
//   distance = max(total variation or Kolmogorov-Smirnov, |change of the null share|),
// 1 where a column is on one side only, is of another kind there, or one side has no value.
//
// Exact as long as a column's different values are counted by themselves (view/value_counts.h);
// with more, distances are those of bins, and `resolution` is the largest share of one bin: the
// Kolmogorov-Smirnov distance is at most so much larger.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "view/column_statistics.h"

namespace hubmill {

inline constexpr size_t kDriftCategoriesShown = 20;  // Of new and vanished ones.

struct CategoryChange {
  std::string name;
  int64_t count = 0;
};

struct CategoryDrift {
  double total_variation = 0;
  double jensen_shannon = 0;
  double psi = 0;
  std::vector<CategoryChange> appeared;  // Not in the reference; the greatest count first.
  std::vector<CategoryChange> vanished;  // In the reference only.
};

struct NumberDrift {
  double kolmogorov_smirnov = 0;
  double wasserstein = 0;
  std::optional<double> wasserstein_normalized;  // Null where the deviation is 0 or unknown.
  double psi = 0;
  double resolution = 0;  // 0: exact.
};

enum class ColumnPresence : uint8_t { kBoth, kAppeared, kVanished, kOtherKind };

struct ColumnDrift {
  std::string name;
  std::string type;  // As ColumnStatistics has it, of the new set where it has the column.
  std::string type_before;
  ColumnPresence presence = ColumnPresence::kBoth;
  double distance = 0;
  double null_share_before = 0;
  double null_share = 0;
  std::optional<CategoryDrift> categories;
  std::optional<NumberDrift> numbers;
};

struct Drift {
  int64_t rows_before = 0;
  int64_t rows = 0;
  std::vector<ColumnDrift> columns;  // The greatest distance first, then by name.

  double distance_max() const { return columns.empty() ? 0 : columns.front().distance; }

  /// {"rows_before", "rows", "columns": [{"column_name", "column_type", "distance", …}]}
  nlohmann::ordered_json ToJson() const;
};

Drift ComputeDrift(const SplitStatistics& reference, const SplitStatistics& now);

/// How often a value comes in the reference and in the new set.
struct PairedCount {
  double value = 0;
  int64_t before = 0;
  int64_t now = 0;
};
/// Distances of numbers (ascending by value) and of categories, for ComputeDrift() and tests.
/// REQUIRES: both sides have a value.
NumberDrift NumberDistances(const std::vector<PairedCount>& values);
CategoryDrift CategoryDistances(const std::vector<PairedCount>& categories);

}  // namespace hubmill

// Seeded splits whose rows, and whose row order, equal scikit-learn's StratifiedShuffleSplit and
// ShuffleSplit (train_test_split) with the same seed: quotas by largest remainder with ties drawn
// from the generator, rows by a permutation within each class, then a shuffle of each side.
//
// Sizes.  A cut of n rows into a first part and a rest of share s gives the rest ceil(n * s) rows
// (the double product, as there).  Several parts are cut one after the other: the first against all
// the others, then the second against those left, each cut with a fresh generator of the same seed.
// So 0.8 / 0.1 / 0.1 gives T = ceil(n * 0.2), train = n - T, test = ceil(T * 0.5), eval = T - test.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace hubmill {

/// Why rows could not be split.  Which fields are set depends on the kind.
struct SplitError {
  enum class Kind : uint8_t {
    kNoRows,         // Nothing to split.
    kClassTooSmall,  // Class `label` has only `rows` row(s) in a cut that needs 2 of each.
    kPartTooSmall,   // Part `part` would have `rows` rows, fewer than the `classes` classes.
    kBadRatios,      // Fewer than two parts, or a ratio that is not a positive number.
  };
  Kind kind = Kind::kNoRows;
  int32_t label = 0;
  int64_t rows = 0;
  int part = 0;         // Index of the part (0: the first); a rest counts as its first part.
  int64_t classes = 0;  // 1 for an unstratified split.
};

/// The two sides of one cut: rows of the input, in output order.
struct CutRows {
  std::vector<int64_t> train;
  std::vector<int64_t> test;
  std::optional<SplitError> error;  // Set: both sides are empty.
};

/// One cut as StratifiedShuffleSplit makes it.  Labels are any numbers.
/// REQUIRES: n_train, n_test >= 0 and n_train + n_test <= labels.size().
CutRows StratifiedCut(std::span<const int32_t> labels, int64_t n_train, int64_t n_test,
                      uint32_t seed);

/// parts[i]: the rows of part i, in output order.  Every row is in exactly one part.
struct PartRows {
  std::vector<std::vector<int64_t>> parts;
  std::optional<SplitError> error;  // Set: `parts` is empty.
};

/// Splits by class.  `ratios` need not add up to 1; two parts or more.  Memory: about 40 bytes a
/// row.
PartRows SplitStratified(std::span<const int32_t> labels, std::span<const double> ratios,
                         uint32_t seed);

/// The same sizes without classes, as ShuffleSplit: of each cut's permutation the first rows go to
/// the rest, the next ones to the part.
PartRows SplitRandom(int64_t row_count, std::span<const double> ratios, uint32_t seed);

}  // namespace hubmill

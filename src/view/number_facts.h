// Least, greatest, mean, median, deviation and histogram of the numbers of a column, by the rules
// of the Hub's dataset viewer (services/worker/src/worker/statistics_utils.py of
// huggingface/dataset-viewer, as of commit 0340b54c).
//
// Integers: at most 10 bins of one whole size, ceil((max - min + 1) / 10); the last edge is the
// greatest value.  Floats: 10 bins of one size.  A bin holds its lower edge, the last one both.
// Floats are rounded to 5 decimals, and the bins lie between the rounded ends.  Two rules are ours:
// nothing is rounded where all values lie within 0.001 of each other (the viewer's bins
// would be empty), and what the viewer refuses (one value has no deviation) is null.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "view/column_gather.h"
#include "view/exact_sum.h"
#include "view/value_counts.h"

namespace hubmill {

/// Null, a whole number, another one, or a time as text.
using Number = std::variant<std::monostate, int64_t, uint64_t, double, std::string>;

struct Histogram {
  std::vector<int64_t> counts;
  std::vector<Number> edges;  // One more than counts.
};

struct NumberFacts {
  Number min;
  Number max;
  Number mean;
  Number median;
  Number std;
  Histogram histogram;  // Empty where there is no value.
};

/// To 5 decimals as NumPy rounds: halves to even, after multiplication.
double Round5(double value);

/// The values of one column, when it is known which are the least and the greatest.  Exact in any
/// order of Add().  Not thread-safe.
class NumberPass {
 public:
  /// `kind`: kInt, kUnsigned or kFloat.  `counts` may be bins: they only say where the median is to
  /// be looked for.  REQUIRES: counts.total() > 0.
  NumberPass(ValueKind kind, uint64_t min_key, uint64_t max_key, const ValueCounts& counts);

  /// REQUIRES: all values that `counts` counted, once.
  void Add(uint64_t key, int64_t times = 1);

  /// Whether the median is found; else the next NumberPass, by bins that are finer there, finds it:
  /// take Finer() and pass all values to it again.
  bool Complete() const { return inside_.exact(); }
  NumberPass Finer() const;

  /// REQUIRES: Complete().
  NumberFacts Facts() const;

 private:
  NumberPass(const NumberPass& other, uint64_t low, uint64_t high, int64_t below);
  void Bracket(const std::vector<ValueCount>& sorted, int shift, int64_t below);
  void MakeEdges();
  double ValueOf(uint64_t key) const;
  __int128 IntegerOf(uint64_t key) const;
  Number NumberOf(uint64_t key) const;
  bool Unrounded() const;
  double Rounded(double value) const;
  double Median() const;

  const ValueKind kind_;
  const uint64_t min_key_;
  const uint64_t max_key_;
  const int64_t total_;

  uint64_t low_ = 0;  // The median's keys lie in [low_, high_]; below_ values lie before.
  uint64_t high_ = UINT64_MAX;
  int64_t below_ = 0;
  ValueCounts inside_;

  std::vector<double> edges_;       // kFloat
  unsigned __int128 bin_size_ = 1;  // Else.
  std::vector<int64_t> histogram_;
  ExactSum sum_;
  ExactIntegerSum integer_sum_;
};

}  // namespace hubmill

// ExactSum: the sum of doubles, and of their squares, without any rounding on the way.
//
// Statistics must not depend on which thread saw which rows, and floating-point addition depends on
// its order.  So each value's 53 bits are added, as an integer, to the 128-bit accumulator of its
// exponent (one for 32 exponents): integer addition has no order.  This is the "small
// superaccumulator" of Radford M. Neal, "Fast exact summation using small and large
// superaccumulators", arXiv:1505.05571; about 4 ns a value with its square.
#pragma once

#include <array>
#include <cstdint>

namespace hubmill {

/// An unevaluated sum of two doubles: about 106 bits.  T. J. Dekker, "A floating-point technique
/// for extending the available precision", Numer. Math. 18 (1971).
struct DoubleDouble {
  double high = 0;
  double low = 0;

  void Add(double value);
  void Add(const DoubleDouble& other);
  DoubleDouble Times(const DoubleDouble& other) const;
  double Value() const { return high + low; }
};

/// 3 kB.  Not thread-safe.
class ExactSum {
 public:
  /// `value` taken `times` times.  REQUIRES: value is finite; fewer than 2^38 values in all.
  void Add(double value, int64_t times = 1);
  void Merge(const ExactSum& other);

  int64_t count() const { return count_; }
  /// Sum of the values divided by their number, correctly rounded but for the last bit.
  double Mean() const;
  /// The sample's standard deviation: sqrt(sum((x - mean)^2) / (n - 1)), to 1e-16 of the mean;
  /// NaN for fewer than two values, infinite where it is beyond the range of double.
  double StandardDeviation() const;

 private:
  using Int128 = __int128;
  static constexpr int kBinBits = 32;
  static constexpr int kLeastExponent = -1074;  // Of the smallest double.
  static constexpr int kSumBins = (1024 - kLeastExponent) / kBinBits + 1;
  static constexpr int kSquareBins = (2048 - 2 * kLeastExponent) / kBinBits + 1;

  /// The total times 2^-exponent.
  DoubleDouble Sum(int exponent) const;
  DoubleDouble SquareSum(int exponent) const;

  std::array<Int128, kSumBins> sums_{};
  std::array<Int128, kSquareBins> squares_{};
  int64_t count_ = 0;
  int exponent_max_ = kLeastExponent;  // Above the largest value seen.
};

/// The same for integers of up to 64 bits, signed or not.
class ExactIntegerSum {
 public:
  /// REQUIRES: |value| < 2^64; fewer than 2^62 values in all.
  void Add(__int128 value, int64_t times = 1);
  void Merge(const ExactIntegerSum& other);

  int64_t count() const { return count_; }
  double Mean() const;
  /// As above, rounded in its last steps alone.
  double StandardDeviation() const;

 private:
  int64_t count_ = 0;
  __int128 sum_ = 0;
  unsigned __int128 squares_low_ = 0;   // Of the lower 64 bits of each square.
  unsigned __int128 squares_high_ = 0;  // Of the upper ones.
};

}  // namespace hubmill

#include "view/exact_sum.h"

#include <arrow/util/decimal.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace hubmill {
namespace {

using Int128 = __int128;

constexpr int kLimbBits = 43;  // Of an accumulator at a time; exact as a double.

/// Appends `value` * 2^exponent.
void AddScaled(Int128 value, int exponent, DoubleDouble* total) {
  const bool negative = value < 0;
  auto rest =
      negative ? -static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
  for (int limb = 0; limb < 3 && rest != 0; ++limb) {
    const auto low = static_cast<uint64_t>(rest) & ((uint64_t{1} << kLimbBits) - 1);
    const double part = std::ldexp(static_cast<double>(low), exponent + limb * kLimbBits);
    total->Add(negative ? -part : part);
    rest >>= kLimbBits;
  }
}

/// sqrt((n * squares - sum^2) / (n * (n - 1))).
double Deviation(const DoubleDouble& sum, const DoubleDouble& squares, int64_t count) {
  if (count < 2) return std::numeric_limits<double>::quiet_NaN();
  const auto n = static_cast<double>(count);
  DoubleDouble difference = squares.Times({n, 0});
  DoubleDouble square = sum.Times(sum);
  difference.Add(DoubleDouble{-square.high, -square.low});
  return std::sqrt(std::max(difference.Value(), 0.0) / n / (n - 1));
}

}  // namespace

void DoubleDouble::Add(double value) { Add(DoubleDouble{value, 0}); }

void DoubleDouble::Add(const DoubleDouble& other) {
  const double sum = high + other.high;
  const double other_part = sum - high;
  double rest = (high - (sum - other_part)) + (other.high - other_part);
  rest += low + other.low;
  high = sum + rest;
  low = rest - (high - sum);
}

DoubleDouble DoubleDouble::Times(const DoubleDouble& other) const {
  const double product = high * other.high;
  const double rest = std::fma(high, other.high, -product) + (high * other.low + low * other.high);
  DoubleDouble result;
  result.high = product + rest;
  result.low = rest - (result.high - product);
  return result;
}

void ExactSum::Add(double value, int64_t times) {
  count_ += times;
  if (value == 0) return;
  const auto bits = std::bit_cast<uint64_t>(value);
  const int biased = static_cast<int>(bits >> 52 & 0x7FF);
  const uint64_t fraction = bits & ((uint64_t{1} << 52) - 1);
  const uint64_t magnitude = biased == 0 ? fraction : fraction | uint64_t{1} << 52;
  const int place = std::max(biased, 1) - 1;  // Of the lowest bit, above kLeastExponent.
  exponent_max_ = std::max(exponent_max_, place + kLeastExponent + 53);
  const auto digits = value < 0 ? -static_cast<Int128>(magnitude) : static_cast<Int128>(magnitude);
  sums_[place / kBinBits] += digits * times << (place % kBinBits);

  const unsigned __int128 square = static_cast<unsigned __int128>(magnitude) * magnitude;
  const auto low = static_cast<Int128>(square & ((uint64_t{1} << 53) - 1));
  const auto high = static_cast<Int128>(square >> 53);
  const int low_place = 2 * place;
  const int high_place = low_place + 53;
  squares_[low_place / kBinBits] += low * times << (low_place % kBinBits);
  squares_[high_place / kBinBits] += high * times << (high_place % kBinBits);
}

void ExactSum::Merge(const ExactSum& other) {
  for (size_t i = 0; i < sums_.size(); ++i) sums_[i] += other.sums_[i];
  for (size_t i = 0; i < squares_.size(); ++i) squares_[i] += other.squares_[i];
  count_ += other.count_;
  exponent_max_ = std::max(exponent_max_, other.exponent_max_);
}

DoubleDouble ExactSum::Sum(int exponent) const {
  DoubleDouble total;
  for (size_t i = sums_.size(); i-- > 0;) {
    AddScaled(sums_[i], static_cast<int>(i) * kBinBits + kLeastExponent - exponent, &total);
  }
  return total;
}

DoubleDouble ExactSum::SquareSum(int exponent) const {
  DoubleDouble total;
  for (size_t i = squares_.size(); i-- > 0;) {
    AddScaled(squares_[i], static_cast<int>(i) * kBinBits + 2 * kLeastExponent - exponent, &total);
  }
  return total;
}

double ExactSum::Mean() const {
  if (count_ == 0) return std::numeric_limits<double>::quiet_NaN();
  return std::ldexp(Sum(exponent_max_).Value() / static_cast<double>(count_), exponent_max_);
}

double ExactSum::StandardDeviation() const {
  const double scaled = Deviation(Sum(exponent_max_), SquareSum(2 * exponent_max_), count_);
  return std::ldexp(scaled, exponent_max_);
}

void ExactIntegerSum::Add(Int128 value, int64_t times) {
  count_ += times;
  sum_ += value * times;
  const auto magnitude =
      static_cast<uint64_t>(value < 0 ? -static_cast<unsigned __int128>(value) : value);
  const auto square = static_cast<unsigned __int128>(magnitude) * magnitude;
  squares_low_ += static_cast<unsigned __int128>(static_cast<uint64_t>(square)) * times;
  squares_high_ += (square >> 64) * static_cast<unsigned __int128>(times);
}

void ExactIntegerSum::Merge(const ExactIntegerSum& other) {
  count_ += other.count_;
  sum_ += other.sum_;
  squares_low_ += other.squares_low_;
  squares_high_ += other.squares_high_;
}

double ExactIntegerSum::Mean() const {
  if (count_ == 0) return std::numeric_limits<double>::quiet_NaN();
  DoubleDouble sum;
  AddScaled(sum_, 0, &sum);
  const auto n = static_cast<double>(count_);
  const double quotient = sum.high / n;
  return quotient + (std::fma(-quotient, n, sum.high) + sum.low) / n;
}

double ExactIntegerSum::StandardDeviation() const {
  if (count_ < 2) return std::numeric_limits<double>::quiet_NaN();
  // n * squares - sum^2 as an integer: large values close together leave few of its digits.
  const auto wide = [](Int128 value) {
    const arrow::Decimal128 narrow(static_cast<int64_t>(value >> 64), static_cast<uint64_t>(value));
    return arrow::Decimal256(narrow);
  };
  const arrow::Decimal256 sum = wide(sum_);
  arrow::Decimal256 squares = wide(static_cast<Int128>(squares_high_));
  squares <<= 64;
  squares += wide(static_cast<Int128>(squares_low_));
  arrow::Decimal256 difference = squares * wide(count_);
  difference -= sum * sum;
  const auto n = static_cast<double>(count_);
  return std::sqrt(difference.ToDouble(0) / n / (n - 1));
}

}  // namespace hubmill

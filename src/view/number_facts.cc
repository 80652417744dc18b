#include "view/number_facts.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace hubmill {
namespace {

constexpr int kBins = 10;
constexpr double kDecimals = 1e5;
constexpr double kRoundedRangeLeast =
    1e-3;  // Rounding to 5 decimals moves an edge by 1 % of a bin.
constexpr size_t kInsideMax = (size_t{1} << 20) - 1;  // Different values next to the median.

}  // namespace

double Round5(double value) {
  const double scaled = value * kDecimals;
  return std::isfinite(scaled) ? std::nearbyint(scaled) / kDecimals : value;
}

NumberPass::NumberPass(ValueKind kind, uint64_t min_key, uint64_t max_key,
                       const ValueCounts& counts)
    : kind_(kind),
      min_key_(min_key),
      max_key_(max_key),
      total_(counts.total()),
      inside_(kInsideMax) {
  HUBMILL_CHECK(total_ > 0, "numbers to look at");
  Bracket(counts.Sorted(), counts.shift(), 0);
  MakeEdges();
}

NumberPass::NumberPass(const NumberPass& other, uint64_t low, uint64_t high, int64_t below)
    : kind_(other.kind_),
      min_key_(other.min_key_),
      max_key_(other.max_key_),
      total_(other.total_),
      low_(low),
      high_(high),
      inside_(kInsideMax) {
  Bracket(other.inside_.Sorted(), other.inside_.shift(), below);
  MakeEdges();
}

NumberPass NumberPass::Finer() const { return NumberPass(*this, low_, high_, below_); }

/// The bins that hold the one or two middle values.
void NumberPass::Bracket(const std::vector<ValueCount>& sorted, int shift, int64_t below) {
  const int64_t lower = (total_ - 1) / 2;
  const int64_t upper = total_ / 2;
  const uint64_t width = shift >= 64 ? UINT64_MAX : (uint64_t{1} << shift) - 1;
  const uint64_t low_before = low_;
  const uint64_t high_before = high_;
  bool found = false;
  for (const ValueCount& bin : sorted) {
    const int64_t after = below + bin.count;
    if (!found && lower < after) {
      found = true;
      below_ = below;
      low_ = std::max(bin.key, low_before);
    }
    if (upper < after) {
      high_ = std::min(bin.key + width, high_before);
      return;
    }
    below = after;
  }
}

double NumberPass::ValueOf(uint64_t key) const {
  if (kind_ == ValueKind::kFloat) return DoubleOfKey(key);
  return static_cast<double>(IntegerOf(key));
}

__int128 NumberPass::IntegerOf(uint64_t key) const {
  return kind_ == ValueKind::kUnsigned ? static_cast<__int128>(key)
                                       : static_cast<__int128>(IntOfKey(key));
}

Number NumberPass::NumberOf(uint64_t key) const {
  if (kind_ == ValueKind::kFloat) return Rounded(DoubleOfKey(key));
  if (kind_ == ValueKind::kUnsigned) return key;
  return IntOfKey(key);
}

bool NumberPass::Unrounded() const {
  if (kind_ != ValueKind::kFloat) return false;
  const double min = DoubleOfKey(min_key_);
  const double range = min_key_ == max_key_ ? std::fabs(min) : DoubleOfKey(max_key_) - min;
  return range < kRoundedRangeLeast;
}

double NumberPass::Rounded(double value) const { return Unrounded() ? value : Round5(value); }

void NumberPass::MakeEdges() {
  if (kind_ == ValueKind::kFloat) {
    const double min = Rounded(DoubleOfKey(min_key_));
    const double max = Rounded(DoubleOfKey(max_key_));
    edges_.push_back(min);
    if (min != max) {
      const double size = (min + (max - min) / kBins) - min;  // As numpy.arange() steps.
      for (int bin = 1; bin < kBins; ++bin) {
        const double between = min * (1.0 - double(bin) / kBins) + max * (double(bin) / kBins);
        edges_.push_back(std::isfinite(max - min) ? min + bin * size : between);
      }
    }
    edges_.push_back(max);
    histogram_.assign(edges_.size() - 1, 0);
    return;
  }
  const auto range = static_cast<unsigned __int128>(IntegerOf(max_key_) - IntegerOf(min_key_)) + 1;
  bin_size_ = (range + kBins - 1) / kBins;
  histogram_.assign(static_cast<size_t>((range + bin_size_ - 1) / bin_size_), 0);
}

void NumberPass::Add(uint64_t key, int64_t times) {
  if (key >= low_ && key <= high_) inside_.Add(key, times);
  if (kind_ == ValueKind::kFloat) {
    const double value = DoubleOfKey(key);
    sum_.Add(value, times);
    const auto inner = std::upper_bound(edges_.begin() + 1, edges_.end() - 1, value);
    histogram_[static_cast<size_t>(inner - edges_.begin() - 1)] += times;
    return;
  }
  const __int128 value = IntegerOf(key);
  integer_sum_.Add(value, times);
  const auto from_least = static_cast<unsigned __int128>(value - IntegerOf(min_key_));
  // Dividing 64 bits takes a fraction of the time.
  const bool narrow = (from_least >> 64) == 0 && (bin_size_ >> 64) == 0;
  const auto bin = narrow ? static_cast<uint64_t>(from_least) / static_cast<uint64_t>(bin_size_)
                          : static_cast<uint64_t>(from_least / bin_size_);
  histogram_[static_cast<size_t>(bin)] += times;
}

double NumberPass::Median() const {
  const int64_t lower = (total_ - 1) / 2;
  const int64_t upper = total_ / 2;
  int64_t after = below_;
  bool found = false;
  uint64_t low_key = 0;
  for (const ValueCount& entry : inside_.Sorted()) {
    after += entry.count;
    if (!found && lower < after) {
      found = true;
      low_key = entry.key;
    }
    if (upper < after) {
      if (low_key == entry.key) return ValueOf(low_key);
      if (kind_ == ValueKind::kFloat) return ValueOf(low_key) / 2 + ValueOf(entry.key) / 2;
      return static_cast<double>(IntegerOf(low_key) + IntegerOf(entry.key)) / 2;
    }
  }
  HUBMILL_CHECK(false, "the median lies in its bracket");
}

NumberFacts NumberPass::Facts() const {
  NumberFacts facts;
  facts.min = NumberOf(min_key_);
  facts.max = NumberOf(max_key_);
  const bool is_float = kind_ == ValueKind::kFloat;
  facts.mean = Rounded(is_float ? sum_.Mean() : integer_sum_.Mean());
  facts.median = Rounded(Median());
  const double deviation = is_float ? sum_.StandardDeviation() : integer_sum_.StandardDeviation();
  if (std::isfinite(deviation)) facts.std = min_key_ == max_key_ ? 0.0 : Rounded(deviation);
  facts.histogram.counts = histogram_;
  if (is_float) {
    for (const double edge : edges_) facts.histogram.edges.emplace_back(Rounded(edge));
    return facts;
  }
  for (size_t bin = 0; bin < histogram_.size(); ++bin) {
    const __int128 edge = IntegerOf(min_key_) + static_cast<__int128>(bin_size_ * bin);
    if (kind_ == ValueKind::kUnsigned) {
      facts.histogram.edges.emplace_back(static_cast<uint64_t>(edge));
    } else {
      facts.histogram.edges.emplace_back(static_cast<int64_t>(edge));
    }
  }
  facts.histogram.edges.push_back(facts.max);
  return facts;
}

}  // namespace hubmill

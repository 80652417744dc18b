#include "base/stratified_split.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "base/mt19937.h"

namespace hubmill {
namespace {

/// Distributes `wanted` rows over classes of the given sizes: the floor of each share, then one
/// more for the largest remainders.  Ties are drawn from `rng`, also where all of them are taken.
std::vector<int64_t> Quotas(const std::vector<int64_t>& counts, int64_t wanted, Mt19937* rng) {
  const double total =
      static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
  std::vector<int64_t> quotas(counts.size());
  std::vector<double> remainders(counts.size());
  int64_t need = wanted;
  for (size_t i = 0; i < counts.size(); ++i) {
    const double share = static_cast<double>(counts[i]) / total * static_cast<double>(wanted);
    const double whole = std::floor(share);
    quotas[i] = static_cast<int64_t>(whole);
    remainders[i] = share - whole;
    need -= quotas[i];
  }
  if (need <= 0) return quotas;
  std::vector<double> values = remainders;
  std::sort(values.begin(), values.end(), std::greater<>());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  for (const double value : values) {
    std::vector<size_t> tied;
    for (size_t i = 0; i < remainders.size(); ++i) {
      if (remainders[i] == value) tied.push_back(i);
    }
    const int64_t take = std::min(static_cast<int64_t>(tied.size()), need);
    const std::vector<int64_t> order = rng->Permutation(static_cast<int64_t>(tied.size()));
    for (int64_t k = 0; k < take; ++k) quotas[tied[order[k]]] += 1;
    need -= take;
    if (need == 0) break;
  }
  return quotas;
}

struct Classes {
  std::vector<int32_t> labels;             // Ascending.
  std::vector<std::vector<int64_t>> rows;  // Of each label, in input order.
};

Classes ClassesOf(std::span<const int32_t> labels) {
  Classes classes;
  classes.labels.assign(labels.begin(), labels.end());
  std::sort(classes.labels.begin(), classes.labels.end());
  classes.labels.erase(std::unique(classes.labels.begin(), classes.labels.end()),
                       classes.labels.end());
  classes.rows.resize(classes.labels.size());
  for (size_t row = 0; row < labels.size(); ++row) {
    const auto at = std::lower_bound(classes.labels.begin(), classes.labels.end(), labels[row]);
    classes.rows[static_cast<size_t>(at - classes.labels.begin())].push_back(
        static_cast<int64_t>(row));
  }
  return classes;
}

std::optional<SplitError> RefuseCut(const Classes& classes, int64_t n_train, int64_t n_test) {
  using Kind = SplitError::Kind;
  if (classes.labels.empty()) return SplitError{.kind = Kind::kNoRows};
  for (size_t i = 0; i < classes.labels.size(); ++i) {
    if (classes.rows[i].size() < 2) {
      return SplitError{.kind = Kind::kClassTooSmall, .label = classes.labels[i], .rows = 1};
    }
  }
  const auto count = static_cast<int64_t>(classes.labels.size());
  if (n_train < count) {
    return SplitError{.kind = Kind::kPartTooSmall, .rows = n_train, .part = 0, .classes = count};
  }
  if (n_test < count) {
    return SplitError{.kind = Kind::kPartTooSmall, .rows = n_test, .part = 1, .classes = count};
  }
  return std::nullopt;
}

using Cut =
    std::function<CutRows(const std::vector<int64_t>& rows, int64_t n_first, int64_t n_rest)>;

/// Cuts part after part off the rows.  `cut` gives positions in the rows that are left.
PartRows CutParts(int64_t row_count, std::span<const double> ratios, const Cut& cut) {
  PartRows result;
  const auto bad = [](double ratio) { return !std::isfinite(ratio) || ratio <= 0; };
  if (ratios.size() < 2 || std::any_of(ratios.begin(), ratios.end(), bad)) {
    result.error = SplitError{.kind = SplitError::Kind::kBadRatios};
    return result;
  }
  std::vector<double> suffix(ratios.begin(), ratios.end());  // suffix[i]: of part i and all later.
  for (size_t i = suffix.size() - 1; i-- > 0;) suffix[i] += suffix[i + 1];
  std::vector<int64_t> rows(static_cast<size_t>(row_count));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  for (size_t part = 0; part + 1 < ratios.size(); ++part) {
    const auto n = static_cast<int64_t>(rows.size());
    const double share = suffix[part + 1] / suffix[part];
    const int64_t rest =
        std::min(n, static_cast<int64_t>(std::ceil(static_cast<double>(n) * share)));
    CutRows sides = cut(rows, n - rest, rest);
    if (sides.error) {
      sides.error->part += static_cast<int>(part);
      result.parts.clear();
      result.error = sides.error;
      return result;
    }
    const auto to_rows = [&rows](std::vector<int64_t> positions) {
      for (int64_t& position : positions) position = rows[static_cast<size_t>(position)];
      return positions;
    };
    result.parts.push_back(to_rows(std::move(sides.train)));
    rows = to_rows(std::move(sides.test));
  }
  result.parts.push_back(std::move(rows));
  return result;
}

}  // namespace

CutRows StratifiedCut(std::span<const int32_t> labels, int64_t n_train, int64_t n_test,
                      uint32_t seed) {
  HUBMILL_CHECK(
      n_train >= 0 && n_test >= 0 && n_train + n_test <= static_cast<int64_t>(labels.size()),
      "a cut of more rows than there are");
  const Classes classes = ClassesOf(labels);
  CutRows result;
  result.error = RefuseCut(classes, n_train, n_test);
  if (result.error) return result;
  Mt19937 rng(seed);
  std::vector<int64_t> counts;
  for (const auto& rows : classes.rows) counts.push_back(static_cast<int64_t>(rows.size()));
  const std::vector<int64_t> train = Quotas(counts, n_train, &rng);
  for (size_t i = 0; i < counts.size(); ++i) counts[i] -= train[i];
  const std::vector<int64_t> test = Quotas(counts, n_test, &rng);
  for (size_t i = 0; i < classes.rows.size(); ++i) {
    const std::vector<int64_t>& rows = classes.rows[i];
    const std::vector<int64_t> order = rng.Permutation(static_cast<int64_t>(rows.size()));
    for (int64_t k = 0; k < train[i]; ++k) result.train.push_back(rows[order[k]]);
    for (int64_t k = 0; k < test[i]; ++k) result.test.push_back(rows[order[train[i] + k]]);
  }
  rng.Shuffle(std::span<int64_t>(result.train));
  rng.Shuffle(std::span<int64_t>(result.test));
  return result;
}

PartRows SplitStratified(std::span<const int32_t> labels, std::span<const double> ratios,
                         uint32_t seed) {
  const Cut cut = [&](const std::vector<int64_t>& rows, int64_t n_first, int64_t n_rest) {
    std::vector<int32_t> of_rows(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) of_rows[i] = labels[static_cast<size_t>(rows[i])];
    return StratifiedCut(of_rows, n_first, n_rest, seed);
  };
  return CutParts(static_cast<int64_t>(labels.size()), ratios, cut);
}

PartRows SplitRandom(int64_t row_count, std::span<const double> ratios, uint32_t seed) {
  HUBMILL_CHECK(row_count >= 0, "a split of a negative number of rows");
  const Cut cut = [&](const std::vector<int64_t>& rows, int64_t n_first, int64_t n_rest) {
    CutRows sides;
    if (rows.empty() || n_first == 0) {
      sides.error = SplitError{
          .kind = rows.empty() ? SplitError::Kind::kNoRows : SplitError::Kind::kPartTooSmall,
          .classes = 1};
      return sides;
    }
    const auto order = Mt19937(seed).Permutation(static_cast<int64_t>(rows.size()));
    sides.test.assign(order.begin(), order.begin() + n_rest);
    sides.train.assign(order.begin() + n_rest, order.begin() + n_rest + n_first);
    return sides;
  };
  return CutParts(row_count, ratios, cut);
}

}  // namespace hubmill

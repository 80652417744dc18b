#include "view/drift.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "view/time_facts.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kShareLeast = 1e-4;
constexpr int kPsiBins = 10;

double PsiTerm(double before, double now) {
  const double p = std::max(before, kShareLeast);
  const double q = std::max(now, kShareLeast);
  return (q - p) * std::log(q / p);
}

/// p * log2(p / m), 0 for p = 0.
double Divergence(double p, double m) { return p > 0 ? p * std::log2(p / m) : 0; }

struct Totals {
  double before = 0;
  double now = 0;
};
Totals TotalsOf(const std::vector<PairedCount>& values) {
  PairedCount sum;
  for (const PairedCount& value : values) {
    sum.before += value.before;
    sum.now += value.now;
  }
  return {double(std::max<int64_t>(sum.before, 1)), double(std::max<int64_t>(sum.now, 1))};
}

using Counts = std::map<std::string, int64_t, std::less<>>;

/// Each category with its count; nothing where the column is no category.
std::optional<Counts> CategoriesOf(const ColumnGather& column) {
  Counts counts;
  if (column.has_labels()) {
    for (const auto& [label, count] : column.labels()) counts[label] += count;
    return counts;  // By bytes: wrong UTF-8 is only shown alike.
  }
  if (column.kind() != ValueKind::kBool && column.kind() != ValueKind::kClass) return {};
  const std::vector<std::string>& names = column.class_names();
  for (const ValueCount& entry : column.counts().Sorted()) {
    const int64_t value = IntOfKey(entry.key);
    if (column.kind() == ValueKind::kBool) {
      counts[value != 0 ? "True" : "False"] += entry.count;
    } else if (value >= 0 && static_cast<size_t>(value) < names.size()) {
      counts[ValidUtf8(names[static_cast<size_t>(value)])] += entry.count;
    } else {
      counts[value == kUnknownClass ? "(unknown)" : "(no label)"] += entry.count;
    }
  }
  return counts;
}

void SortChanges(std::vector<CategoryChange>* changes) {
  std::stable_sort(
      changes->begin(), changes->end(),
      [](const CategoryChange& a, const CategoryChange& b) { return a.count > b.count; });
}

CategoryDrift CompareCategories(const Counts& before, const Counts& now) {
  std::vector<CategoryChange> appeared;
  std::vector<CategoryChange> vanished;
  std::vector<PairedCount> pairs;
  for (const auto& [name, count] : before) {
    const auto found = now.find(name);
    const int64_t count_now = found == now.end() ? 0 : found->second;
    pairs.push_back({.before = count, .now = count_now});
    if (count > 0 && count_now == 0) vanished.push_back({ValidUtf8(name), count});
  }
  for (const auto& [name, count] : now) {
    const auto found = before.find(name);
    if (found == before.end()) pairs.push_back({.now = count});
    const bool is_new = found == before.end() || found->second == 0;
    if (count > 0 && is_new) appeared.push_back({ValidUtf8(name), count});
  }
  SortChanges(&appeared);
  SortChanges(&vanished);
  CategoryDrift drift = CategoryDistances(pairs);
  drift.appeared = std::move(appeared);
  drift.vanished = std::move(vanished);
  return drift;
}

/// A key of a column on a line that both columns share.
double ValueOf(const ColumnGather& column, uint64_t key) {
  switch (column.kind()) {
    case ValueKind::kFloat:
      return DoubleOfKey(key);
    case ValueKind::kUnsigned:
      return static_cast<double>(key);
    case ValueKind::kTime:
      return UnixSecondsOf(*column.type(), IntOfKey(key));
    default:
      return static_cast<double>(IntOfKey(key));
  }
}

/// Counts of both columns side by side, ascending.
std::vector<PairedCount> Merge(const ColumnGather& before, const ColumnGather& now) {
  const bool same_keys = before.kind() == now.kind() && before.type()->Equals(*now.type());
  std::vector<ValueCount> a = before.counts().Sorted();
  std::vector<ValueCount> b = now.counts().Sorted();
  if (same_keys) {
    const int shift = std::max(before.counts().shift(), now.counts().shift());
    a = Coarsen(a, shift);
    b = Coarsen(b, shift);
  }
  std::vector<PairedCount> merged;
  merged.reserve(a.size() + b.size());
  for (size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    constexpr double kEnd = std::numeric_limits<double>::infinity();
    const double at_a = i < a.size() ? ValueOf(before, a[i].key) : kEnd;
    const double at_b = j < b.size() ? ValueOf(now, b[j].key) : kEnd;
    PairedCount value{.value = std::min(at_a, at_b)};
    if (at_a <= at_b) value.before = a[i++].count;
    if (at_b <= at_a) value.now = b[j++].count;
    merged.push_back(value);
  }
  return merged;
}

double DeviationOf(const std::vector<PairedCount>& values, int64_t count) {
  const auto n = static_cast<double>(count);
  double mean = 0;
  for (const PairedCount& value : values) mean += double(value.before) / n * value.value;
  double square = 0;
  for (const PairedCount& value : values) {
    square += double(value.before) / n * (value.value - mean) * (value.value - mean);
  }
  return count < 2 ? 0 : std::sqrt(square * n / (n - 1));
}

NumberDrift CompareNumbers(const ColumnGather& before, const ColumnGather& now) {
  const std::vector<PairedCount> values = Merge(before, now);
  NumberDrift drift = NumberDistances(values);
  const double deviation = DeviationOf(values, before.counts().total());
  if (deviation > 0 && std::isfinite(deviation)) {
    drift.wasserstein_normalized = drift.wasserstein / deviation;
  }
  if (before.counts().exact() && now.counts().exact()) return drift;
  const auto total_before = static_cast<double>(before.counts().total());
  const auto total_now = static_cast<double>(now.counts().total());
  for (const PairedCount& value : values) {
    drift.resolution = std::max(
        {drift.resolution, double(value.before) / total_before, double(value.now) / total_now});
  }
  return drift;
}

double ShareOfNulls(const ColumnGather& column) {
  return column.rows() == 0 ? 0 : double(column.nulls()) / double(column.rows());
}

/// Which columns have distributions on one line: all numbers, times among themselves, lengths of
/// texts, lengths of lists, categories.
int LineOf(ValueKind kind) {
  switch (kind) {
    case ValueKind::kInt:
    case ValueKind::kUnsigned:
    case ValueKind::kFloat:
      return 0;
    case ValueKind::kTime:
      return 1;
    case ValueKind::kText:
      return 2;
    case ValueKind::kList:
      return 3;
    case ValueKind::kBool:
      return 4;
    case ValueKind::kClass:
      return 2;  // As text: labels of both are compared by name.
    case ValueKind::kOther:
      break;
  }
  return 5;
}

ColumnDrift CompareColumns(const SplitStatistics& reference, size_t at_before,
                           const SplitStatistics& now, size_t at_now) {
  const ColumnGather& a = *reference.gathered[at_before];
  const ColumnGather& b = *now.gathered[at_now];
  ColumnDrift drift{.name = b.name(),
                    .type = now.columns[at_now].type,
                    .type_before = reference.columns[at_before].type};
  drift.null_share_before = ShareOfNulls(a);
  drift.null_share = ShareOfNulls(b);
  drift.distance = std::fabs(drift.null_share - drift.null_share_before);
  const bool any_a = a.rows() > a.nulls();
  const bool any_b = b.rows() > b.nulls();
  if (!any_a && !any_b) return drift;
  const auto is_category = [](const ColumnGather& column, const ColumnStatistics& statistics) {
    return column.kind() == ValueKind::kText ? statistics.IsCategory() : true;
  };
  std::optional<Counts> counts_a = CategoriesOf(a);
  std::optional<Counts> counts_b = CategoriesOf(b);
  const bool as_categories =
      is_category(a, reference.columns[at_before]) || is_category(b, now.columns[at_now]);
  const bool same_line = LineOf(a.kind()) == LineOf(b.kind());
  if (same_line && any_a != any_b) {
    drift.distance = 1;
  } else if (same_line && counts_a && counts_b && as_categories) {
    drift.categories = CompareCategories(*counts_a, *counts_b);
    drift.distance = std::max(drift.distance, drift.categories->total_variation);
  } else if (!same_line || a.kind() == ValueKind::kClass != (b.kind() == ValueKind::kClass)) {
    drift.presence = ColumnPresence::kOtherKind;
    drift.distance = 1;
  } else if (a.counts().total() > 0 && b.counts().total() > 0) {
    drift.numbers = CompareNumbers(a, b);
    drift.distance = std::max(drift.distance, drift.numbers->kolmogorov_smirnov);
  }
  return drift;
}

Json ChangesJson(const std::vector<CategoryChange>& changes) {
  Json list = Json::array();
  for (size_t i = 0; i < std::min(changes.size(), kDriftCategoriesShown); ++i) {
    list.push_back({{"name", changes[i].name}, {"count", changes[i].count}});
  }
  return list;
}

const char* PresenceName(ColumnPresence presence) {
  switch (presence) {
    case ColumnPresence::kBoth:
      return "both";
    case ColumnPresence::kAppeared:
      return "new";
    case ColumnPresence::kVanished:
      return "vanished";
    case ColumnPresence::kOtherKind:
      return "other_kind";
  }
  return "";
}

Json ColumnJson(const ColumnDrift& column) {
  Json json = {
      {"column_name", ValidUtf8(column.name)},
      {"column_type", column.type.empty() ? Json() : Json(column.type)},
      {"column_type_before", column.type_before.empty() ? Json() : Json(column.type_before)},
      {"presence", PresenceName(column.presence)},
      {"distance", column.distance},
      {"null_share_before", column.null_share_before},
      {"null_share", column.null_share}};
  if (column.categories) {
    json["total_variation"] = column.categories->total_variation;
    json["jensen_shannon"] = column.categories->jensen_shannon;
    json["psi"] = column.categories->psi;
    json["new_categories"] = ChangesJson(column.categories->appeared);
    json["new_categories_total"] = column.categories->appeared.size();
    json["vanished_categories"] = ChangesJson(column.categories->vanished);
    json["vanished_categories_total"] = column.categories->vanished.size();
  }
  if (column.numbers) {
    json["kolmogorov_smirnov"] = column.numbers->kolmogorov_smirnov;
    json["wasserstein"] = column.numbers->wasserstein;
    json["wasserstein_normalized"] = column.numbers->wasserstein_normalized
                                         ? Json(*column.numbers->wasserstein_normalized)
                                         : Json();
    json["psi"] = column.numbers->psi;
    if (column.numbers->resolution > 0) json["resolution"] = column.numbers->resolution;
  }
  return json;
}

}  // namespace

NumberDrift NumberDistances(const std::vector<PairedCount>& values) {
  const Totals totals = TotalsOf(values);
  NumberDrift drift;
  PairedCount sum;  // Up to and with the value.
  PairedCount bin;  // Of the bin that is open.
  int64_t deciles = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    sum.before += values[i].before;
    sum.now += values[i].now;
    bin.before += values[i].before;
    bin.now += values[i].now;
    const double apart =
        std::fabs(double(sum.before) / totals.before - double(sum.now) / totals.now);
    drift.kolmogorov_smirnov = std::max(drift.kolmogorov_smirnov, apart);
    const bool last = i + 1 == values.size();
    if (!last) drift.wasserstein += apart * (values[i + 1].value - values[i].value);
    // A bin ends with the value at which the reference reaches its next decile.
    const auto reached =
        std::min<int64_t>(int64_t(double(sum.before) * kPsiBins / totals.before), kPsiBins - 1);
    if (last || reached > deciles) {
      drift.psi += PsiTerm(double(bin.before) / totals.before, double(bin.now) / totals.now);
      bin = {};
      deciles = reached;
    }
  }
  return drift;
}

CategoryDrift CategoryDistances(const std::vector<PairedCount>& categories) {
  const Totals totals = TotalsOf(categories);
  CategoryDrift drift;
  double divergence = 0;
  for (const PairedCount& category : categories) {
    const double before = double(category.before) / totals.before;
    const double now = double(category.now) / totals.now;
    const double middle = (before + now) / 2;
    drift.total_variation += std::fabs(before - now) / 2;
    divergence += (Divergence(before, middle) + Divergence(now, middle)) / 2;
    drift.psi += PsiTerm(before, now);
  }
  drift.total_variation = std::min(drift.total_variation, 1.0);
  drift.jensen_shannon = std::sqrt(std::clamp(divergence, 0.0, 1.0));
  return drift;
}

Json Drift::ToJson() const {
  Json list = Json::array();
  for (const ColumnDrift& column : columns) list.push_back(ColumnJson(column));
  return {{"rows_before", rows_before},
          {"rows", rows},
          {"distance_max", distance_max()},
          {"columns", std::move(list)}};
}

Drift ComputeDrift(const SplitStatistics& reference, const SplitStatistics& now) {
  Drift drift{.rows_before = reference.num_examples, .rows = now.num_examples};
  std::map<std::string, size_t> before;
  for (size_t i = 0; i < reference.columns.size(); ++i) before[reference.columns[i].name] = i;
  for (size_t i = 0; i < now.columns.size(); ++i) {
    const auto found = before.find(now.columns[i].name);
    if (found != before.end()) {
      drift.columns.push_back(CompareColumns(reference, found->second, now, i));
      before.erase(found);
      continue;
    }
    drift.columns.push_back({.name = now.columns[i].name,
                             .type = now.columns[i].type,
                             .presence = ColumnPresence::kAppeared,
                             .distance = 1,
                             .null_share = ShareOfNulls(*now.gathered[i])});
  }
  for (const auto& [name, i] : before) {
    drift.columns.push_back({.name = name,
                             .type_before = reference.columns[i].type,
                             .presence = ColumnPresence::kVanished,
                             .distance = 1,
                             .null_share_before = ShareOfNulls(*reference.gathered[i])});
  }
  std::sort(drift.columns.begin(), drift.columns.end(),
            [](const ColumnDrift& a, const ColumnDrift& b) {
              return a.distance != b.distance ? a.distance > b.distance : a.name < b.name;
            });
  return drift;
}

}  // namespace hubmill

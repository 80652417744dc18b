#include "view/data_compare.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "view/cell.h"
#include "view/split_pairs.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

/// As it was named; of a file alone its name.
std::string NameOf(const DataSet& set) {
  if (!set.place.revision.empty()) return set.place.name + "@" + set.place.revision;
  const bool one = set.configs.size() == 1 && set.configs[0].splits.size() == 1 &&
                   set.configs[0].splits[0].files.size() == 1;
  if (!one) return set.place.root;
  const std::string& file = set.configs[0].splits[0].files[0].name;
  return file == set.place.name || file.ends_with("/" + set.place.name) ? file : set.place.root;
}

/// {"split", and "split_before" where it has another name}, then the members of `facts`.
Json WithNames(const std::string& split, const std::string& split_before, const Json& facts) {
  Json json = {{"split", split}};
  if (split_before != split) json["split_before"] = split_before;
  json.update(facts);
  return json;
}

}  // namespace

Result<SplitStatistics> ComputeTableStatistics(RowTable& table,
                                               const std::vector<std::string>& columns,
                                               const ScanOptions& scan) {
  StatisticsOptions options{.columns = columns, .scan = scan};
  for (const ColumnView& column : DescribeColumns(*table.schema(), nullptr)) {
    if (!column.class_names.empty()) options.class_names[column.name] = column.class_names;
  }
  return ComputeStatistics(table, options);
}

Result<SplitStatistics> ComputeSplitStatistics(const DataSplit& split,
                                               const std::vector<std::string>& columns,
                                               const ScanOptions& scan) {
  ARROW_ASSIGN_OR_RAISE(const auto table, split.OpenRows());
  return ComputeTableStatistics(*table, columns, scan);
}

Result<std::vector<NamedStatistics>> ComputeDataStatistics(const DataSet& set,
                                                           const DataChoice& choice,
                                                           const ScanOptions& scan) {
  ARROW_ASSIGN_OR_RAISE(const ChosenSplits chosen, ChooseSplits(set, choice.config, choice.split));
  std::vector<NamedStatistics> all;
  for (const DataSplit* split : chosen.splits) {
    ARROW_ASSIGN_OR_RAISE(auto statistics, ComputeSplitStatistics(*split, choice.columns, scan));
    all.push_back({chosen.config, split->name, std::move(statistics)});
  }
  return all;
}

Json ToJson(const std::vector<NamedStatistics>& statistics) {
  if (statistics.size() == 1) return statistics[0].statistics.ToJson();
  Json list = Json::array();
  for (const NamedStatistics& each : statistics) {
    Json json = {{"config", each.config}, {"split", each.split}};
    json.update(each.statistics.ToJson());
    list.push_back(std::move(json));
  }
  return {{"splits", std::move(list)}};
}

double DataDrift::distance_max() const {
  double distance = splits_added.empty() && splits_removed.empty() ? 0 : 1;
  for (const NamedDrift& each : splits) distance = std::max(distance, each.drift.distance_max());
  return distance;
}

Json DataDrift::ToJson() const {
  Json list = Json::array();
  for (const NamedDrift& each : splits) {
    list.push_back(WithNames(each.split, each.split_before, each.drift.ToJson()));
  }
  return {{"distance_max", distance_max()},
          {"splits", std::move(list)},
          {"splits_added", splits_added},
          {"splits_removed", splits_removed}};
}

Result<DataDrift> ComputeDataDrift(const DataSet& reference, const DataSet& now,
                                   const DataChoice& choice, const ScanOptions& scan) {
  ARROW_ASSIGN_OR_RAISE(const PairedSplits paired,
                        PairSplits(reference, now, choice.config, choice.split));
  DataDrift drift{.splits_added = paired.only_now, .splits_removed = paired.only_before};
  for (const SplitPair& pair : paired.pairs) {
    ARROW_ASSIGN_OR_RAISE(const SplitStatistics before,
                          ComputeSplitStatistics(*pair.before, choice.columns, scan));
    ARROW_ASSIGN_OR_RAISE(const SplitStatistics after,
                          ComputeSplitStatistics(*pair.now, choice.columns, scan));
    drift.splits.push_back({pair.now->name, pair.before->name, ComputeDrift(before, after)});
  }
  return drift;
}

bool DataDiff::Differs() const {
  return !splits_added.empty() || !splits_removed.empty() ||
         std::any_of(splits.begin(), splits.end(),
                     [](const NamedDiff& each) { return each.diff.Differs(); });
}

Json DataDiff::ToJson() const {
  Json list = Json::array();
  for (const NamedDiff& each : splits) {
    list.push_back(WithNames(each.split, each.split_before, each.diff.ToJson()));
  }
  return {{"before", ValidUtf8(before)},
          {"now", ValidUtf8(now)},
          {"config", config},
          {"differs", Differs()},
          {"splits", std::move(list)},
          {"splits_added", splits_added},
          {"splits_removed", splits_removed}};
}

Result<DataDiff> ComputeDataDiff(const DataSet& before, const DataSet& now,
                                 const DataChoice& choice, const SetDiffOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const PairedSplits paired,
                        PairSplits(before, now, choice.config, choice.split));
  DataDiff diff{.before = NameOf(before),
                .now = NameOf(now),
                .config = paired.config_now,
                .splits_added = paired.only_now,
                .splits_removed = paired.only_before};
  for (const SplitPair& pair : paired.pairs) {
    ARROW_ASSIGN_OR_RAISE(const auto table_before, pair.before->OpenRows());
    ARROW_ASSIGN_OR_RAISE(const auto table_now, pair.now->OpenRows());
    ARROW_ASSIGN_OR_RAISE(SetDiff of_split, CompareTables(*table_before, *table_now, options));
    diff.splits.push_back({pair.now->name, pair.before->name, std::move(of_split)});
  }
  return diff;
}

}  // namespace hubmill

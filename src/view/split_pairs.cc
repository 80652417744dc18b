#include "view/split_pairs.h"

#include <algorithm>

namespace hubmill {
namespace {

std::string NamesOf(const std::vector<const DataSplit*>& splits) {
  constexpr size_t kShown = 10;
  std::string names;
  for (size_t i = 0; i < std::min(splits.size(), kShown); ++i) {
    names += (i == 0 ? "" : ",") + splits[i]->name;
  }
  return splits.size() > kShown ? names + ",…" : names;
}

}  // namespace

Result<ChosenSplits> ChooseSplits(const DataSet& set, const std::string& config,
                                  const std::string& split) {
  ARROW_ASSIGN_OR_RAISE(const DataSplit* found, set.Find(config, split));
  ChosenSplits chosen;
  for (const DataConfig& each : set.configs) {
    const bool holds = std::any_of(each.splits.begin(), each.splits.end(),
                                   [&](const DataSplit& other) { return &other == found; });
    if (!holds) continue;
    chosen.config = each.name;
    const bool all = split.empty() && set.split.empty();
    for (const DataSplit& other : each.splits) {
      if (all || &other == found) chosen.splits.push_back(&other);
    }
  }
  return chosen;
}

Result<PairedSplits> PairSplits(const DataSet& before, const DataSet& now,
                                const std::string& config, const std::string& split) {
  ARROW_ASSIGN_OR_RAISE(ChosenSplits a, ChooseSplits(before, config, split));
  ARROW_ASSIGN_OR_RAISE(ChosenSplits b, ChooseSplits(now, config, split));
  PairedSplits paired{.config_before = a.config, .config_now = b.config};
  if (a.splits.size() == 1 && b.splits.size() == 1) {
    paired.pairs.push_back({a.splits[0], b.splits[0]});
    return paired;
  }
  for (const DataSplit* each : a.splits) {
    const auto other = std::find_if(b.splits.begin(), b.splits.end(), [&](const DataSplit* found) {
      return found->name == each->name;
    });
    if (other == b.splits.end()) {
      paired.only_before.push_back(each->name);
    } else {
      paired.pairs.push_back({each, *other});
    }
  }
  for (const DataSplit* each : b.splits) {
    const bool there = std::any_of(a.splits.begin(), a.splits.end(), [&](const DataSplit* found) {
      return found->name == each->name;
    });
    if (!there) paired.only_now.push_back(each->name);
  }
  if (paired.pairs.empty()) {
    return WrongUsage("no split is in both data sets: before=", NamesOf(a.splits),
                      " now=", NamesOf(b.splits),
                      "; remedy: compare two files, or rename the splits");
  }
  return paired;
}

}  // namespace hubmill

#include "run/published_card.h"

#include <algorithm>

#include "hub/data_layout.h"

namespace hubmill {
namespace {

/// A glob that means `path` alone.
std::string Literally(const std::string& path) {
  std::string glob;
  for (const char c : path) {
    glob += c == '*' || c == '?' || c == '[' ? Concat("[", c, "]") : std::string(1, c);
  }
  return glob;
}

/// One glob where `datasets` itself would write it for these shards, else file by file: what is
/// published later must not be caught by a wider one.
std::vector<std::string> PatternsFor(const SplitPaths& split,
                                     const std::map<std::string, TreeEntry>& files) {
  const std::string stem = "data/" + split.split + "-";
  const auto is_shard = [&](const std::string& path) { return path.starts_with(stem); };
  const auto shards = std::count_if(files.begin(), files.end(),
                                    [&](const auto& entry) { return is_shard(entry.first); });
  if (std::all_of(split.paths.begin(), split.paths.end(), is_shard) &&
      static_cast<size_t>(shards) == split.paths.size()) {
    return {stem + "*"};
  }
  std::vector<std::string> patterns;
  for (const std::string& path : split.paths) patterns.push_back(Literally(path));
  return patterns;
}

/// A config's own folder, with the slash at its end; empty where it has none.
std::string FolderOf(const CardConfig& config) {
  std::string folder = config.data_dir;
  while (folder.starts_with("./")) folder.erase(0, 2);
  while (folder.ends_with('/')) folder.pop_back();
  return folder.empty() || folder == "." ? "" : folder + "/";
}

void SetFiles(const std::vector<SplitPaths>& found, const std::map<std::string, TreeEntry>& files,
              CardConfig* config) {
  std::vector<CardSplit> splits;
  for (const SplitPaths& split : found) {
    CardSplit row{.name = split.split};
    for (const CardSplit& known : config->splits) {  // dataset_info may have its counts.
      if (known.name == split.split) row = known;
    }
    row.paths = PatternsFor(split, files);
    splits.push_back(std::move(row));
  }
  config->splits = std::move(splits);
}

bool NamesFiles(const CardConfig& config) {
  return std::any_of(config.splits.begin(), config.splits.end(),
                     [](const CardSplit& split) { return !split.paths.empty(); });
}

/// What the library infers within `folder`.
std::vector<SplitPaths> SplitsWithin(const std::string& folder,
                                     const std::map<std::string, TreeEntry>& files) {
  std::vector<std::string> paths;
  for (const auto& [path, entry] : files) {
    if (path.starts_with(folder)) paths.push_back(path.substr(folder.size()));
  }
  auto found =
      SplitsByNames(paths, [](std::string_view path) { return !DataFormatOf(path).empty(); });
  for (SplitPaths& split : found) {
    for (std::string& path : split.paths) path.insert(0, folder);
  }
  return found;
}

/// A `data_dir` is where the patterns of a config begin, or where its files are inferred.
void ResolveDataDir(const std::map<std::string, TreeEntry>& files, CardConfig* config) {
  const std::string folder = FolderOf(*config);
  if (!NamesFiles(*config)) return SetFiles(SplitsWithin(folder, files), files, config);
  for (CardSplit& split : config->splits) {
    for (std::string& path : split.paths) {
      if (path.starts_with("./")) path.erase(0, 2);
      path.insert(0, folder);
    }
  }
}

}  // namespace

std::string_view DataFormatOf(std::string_view path) {
  static const auto* formats = new std::map<std::string_view, std::string_view>{
      {"parquet", "parquet"}, {"jsonl", "json"}, {"ndjson", "json"}, {"json", "json"},
      {"csv", "csv"},         {"tsv", "csv"},    {"txt", "text"},    {"arrow", "arrow"}};
  path.remove_prefix(std::min(path.find_last_of('/') + 1, path.size()));
  while (true) {
    const size_t dot = path.find('.');
    if (dot == path.npos) return {};
    path.remove_prefix(dot + 1);
    const auto found = formats->find(path.substr(0, path.find('.')));
    if (found != formats->end()) return found->second;
  }
}

Result<PublishedCard> ReadPublishedCard(std::string_view readme,
                                        const std::map<std::string, TreeEntry>& files) {
  PublishedCard published;
  ARROW_ASSIGN_OR_RAISE(published.card, ParseCard(readme));
  const auto found = SplitsWithin("", files);
  auto& configs = published.card.configs;
  const bool any = std::any_of(configs.begin(), configs.end(),
                               [](const CardConfig& config) { return config.listed; });
  if (!any && !found.empty()) {
    // Without configs the files are one, which a lone dataset_info gives its name.
    if (configs.size() != 1 && published.card.Find("default") == nullptr) configs.push_back({});
    const std::string name = configs.size() == 1 ? configs[0].name : "default";
    for (CardConfig& config : configs) config.listed = config.name == name;
  }
  for (CardConfig& config : configs) {
    if (config.listed && !config.data_dir.empty()) {
      ResolveDataDir(files, &config);
      published.inferred.push_back(config.name);
      continue;
    }
    if (!config.listed || found.empty() || NamesFiles(config)) continue;
    SetFiles(found, files, &config);
    if (configs.size() == 1 && config.name != "default") config.is_default = true;
    published.inferred.push_back(config.name);
  }
  return published;
}

}  // namespace hubmill

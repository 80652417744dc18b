#include "hub/data_layout.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/glob.h"
#include "core/setting.h"
#include "net/redact.h"

namespace hubmill {
namespace {

using Reads = std::function<bool(std::string_view)>;

constexpr char kShards[] = "data/*-[0-9][0-9][0-9][0-9][0-9]-of-[0-9][0-9][0-9][0-9][0-9]*.*";
constexpr char kShardNumbers[] = "-[0-9][0-9][0-9][0-9][0-9]-of-[0-9][0-9][0-9][0-9][0-9]";
constexpr size_t kShardNumbersBytes = std::string_view("-00000-of-00000").size();

struct SplitWords {
  const char* split;
  std::vector<std::string> words;
};

const std::vector<SplitWords>& KnownSplits() {
  static const auto* known =
      new std::vector<SplitWords>{{"train", {"train", "training"}},
                                  {"validation", {"validation", "valid", "dev", "val"}},
                                  {"test", {"test", "testing", "eval", "evaluation"}}};
  return *known;
}

std::string_view BaseName(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

/// What stands before a shard's numbers.  REQUIRES: kShards matches.
std::string SplitOfShard(std::string_view name) {
  size_t end = name.size() - kShardNumbersBytes;
  while (!MatchesGlob(kShardNumbers, name.substr(end, kShardNumbersBytes))) --end;
  return std::string(name.substr(0, end));
}

/// Hidden files, folders such as __pycache__, and the Hub's own files hold no rows.
bool HoldsRows(std::string_view path) {
  static const auto* others = new std::set<std::string, std::less<>>{
      "README.md",          "config.json",    "dataset_info.json",
      "dataset_infos.json", "dummy_data.zip", "dataset_dict.json"};
  for (size_t at = 0; at < path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    if (path[at] == '.' || (end < path.size() && path.substr(at, 2) == "__")) return false;
    at = end + 1;
  }
  return !others->contains(BaseName(path));
}

/// The order in which `datasets` looks: WORD*, *WORD*, each between separators.
std::vector<std::string> NamePatterns(const std::string& word) {
  const std::string separator = "[-._ 0-9]";
  return {"**/" + word + separator + "*", "**/*" + separator + word + separator + "*"};
}
std::vector<std::string> FolderPatterns(const std::string& word) {
  const std::string separator = "[-._ 0-9]";
  return {"**/" + word + "/**", "**/" + word + separator + "*/**",
          "**/*" + separator + word + "/**", "**/*" + separator + word + separator + "*/**"};
}

class Layout {
 public:
  /// `base`: a folder that all patterns are below, or empty.
  Layout(const std::vector<std::string>& paths, const Reads& reads, const std::string& base) {
    for (const std::string& path : paths) {
      if (!base.empty() && !path.starts_with(base + "/")) continue;
      all_.push_back(path.substr(base.empty() ? 0 : base.size() + 1));
      if (reads(path) && HoldsRows(all_.back())) rows_.push_back(all_.back());
    }
    prefix_ = base.empty() ? "" : base + "/";
    reads_ = &reads;
  }

  /// By the names of folders and files; empty where nothing can be read.
  std::vector<SplitPaths> ByNames() const {
    std::vector<SplitPaths> splits = Shards();
    if (splits.empty()) splits = ByWords(FolderPatterns);
    if (splits.empty()) splits = ByWords(NamePatterns);
    if (splits.empty() && !rows_.empty()) {
      splits.push_back({.split = "train", .paths = {}});
      for (const std::string& path : rows_) splits[0].paths.push_back(prefix_ + path);
    }
    return splits;
  }

  /// By the patterns of a card.
  Result<std::vector<SplitPaths>> ByCard(const std::vector<CardSplit>& named) const {
    std::vector<SplitPaths> splits;
    for (const CardSplit& split : named) {
      if (split.name.empty()) {
        return DataRefused("an item of the card's data_files names no split: path=",
                           split.paths.empty() ? "" : OneLine(split.paths[0], 120),
                           "; remedy: write `split: train` beside it");
      }
      SplitPaths found{.split = split.name, .paths = {}};
      std::set<std::string> seen;
      for (std::string pattern : split.paths) {
        while (pattern.starts_with("./")) pattern.erase(0, 2);
        while (pattern.ends_with('/')) pattern.pop_back();
        for (const std::string& path : all_) {
          if (Names(pattern, path) && seen.insert(path).second) {
            found.paths.push_back(prefix_ + path);
          }
        }
      }
      if (found.paths.empty() && !split.paths.empty()) {
        return DataRefused("the card names files that are not there: split=",
                           OneLine(split.name, 80), " path=", OneLine(split.paths[0], 120),
                           "; remedy: name the files in the address, or correct the card");
      }
      if (!found.paths.empty()) splits.push_back(std::move(found));
    }
    return splits;
  }

 private:
  /// Whether a card's `pattern` means `path`: as it stands, by a wildcard, or as a folder.
  bool Names(const std::string& pattern, const std::string& path) const {
    if (pattern == path) return true;
    const bool hidden = pattern.starts_with('.') || pattern.find("/.") != pattern.npos;
    const bool inside = MatchesGlob(pattern, path) || path.starts_with(pattern + "/");
    return inside && (*reads_)(path) && (hidden || HoldsRows(path));
  }

  std::vector<SplitPaths> Shards() const {
    std::map<std::string, std::vector<std::string>> found;
    for (const std::string& path : rows_) {
      if (!MatchesGlob(kShards, path)) continue;
      found[SplitOfShard(BaseName(path))].push_back(prefix_ + path);
    }
    std::vector<SplitPaths> splits;
    const auto take = [&](const std::string& split) {
      if (found[split].empty()) return;
      splits.push_back({.split = split, .paths = std::move(found[split])});
      found[split].clear();
    };
    for (const SplitWords& known : KnownSplits()) take(known.split);
    for (const auto& entry : found) take(entry.first);
    return splits;
  }

  template <typename Patterns>
  std::vector<SplitPaths> ByWords(const Patterns& patterns) const {
    std::vector<SplitPaths> splits;
    std::set<std::string> seen;  // A file is read once, whatever its name holds.
    for (const SplitWords& known : KnownSplits()) {
      SplitPaths found{.split = known.split, .paths = {}};
      for (const std::string& word : known.words) {
        for (const std::string& pattern : patterns(word)) {
          for (const std::string& path : rows_) {
            if (MatchesGlob(pattern, path) && seen.insert(path).second) {
              found.paths.push_back(prefix_ + path);
            }
          }
        }
      }
      if (!found.paths.empty()) splits.push_back(std::move(found));
    }
    return splits;
  }

  std::vector<std::string> all_;
  std::vector<std::string> rows_;
  std::string prefix_;
  const Reads* reads_;
};

std::string Joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + OneLine(name, 80);
  return out;
}

Status NoSuch(const char* what, const std::string& name, const std::vector<std::string>& known) {
  const std::string near = NearestName(name, known);
  return WrongUsage(
      "a data set has no such ", what, ": ", what, "=", OneLine(name, 80), " known=", Joined(known),
      "; remedy: ", near.empty() ? "name one of these" : "did you mean " + OneLine(near, 80) + "?");
}

/// The config that is asked for, null where the card has none at all.
Result<const CardConfig*> ChooseConfig(const HubAddress& address, const Card& card) {
  std::vector<std::string> names;
  for (const CardConfig& config : card.configs) names.push_back(config.name);
  if (!address.config.empty()) {
    const CardConfig* config = card.Find(address.config);
    if (config != nullptr) return config;
    if (names.empty() && address.config == "default") return nullptr;
    if (names.empty()) names.push_back("default");
    return NoSuch("config", address.config, names);
  }
  if (card.configs.size() <= 1) return card.configs.empty() ? nullptr : card.configs.data();
  for (const CardConfig& config : card.configs) {
    if (config.is_default) return &config;
  }
  if (const CardConfig* config = card.Find("default")) return config;
  return WrongUsage("a data set has several configs and none is the default: address=",
                    OneLine(address.root, 200), " configs=", Joined(names),
                    "; remedy: append ?config=", OneLine(names[0], 80));
}

}  // namespace

Result<std::vector<SplitPaths>> LayOutSplits(const HubAddress& address, const Card& card,
                                             const std::vector<std::string>& paths,
                                             const Reads& reads) {
  ARROW_ASSIGN_OR_RAISE(const CardConfig* config, ChooseConfig(address, card));
  std::string base = config == nullptr ? "" : config->data_dir;
  while (base.ends_with('/')) base.pop_back();
  const Layout layout(paths, reads, base);
  std::vector<SplitPaths> splits;
  if (config != nullptr) {
    ARROW_ASSIGN_OR_RAISE(splits, layout.ByCard(config->splits));
  }
  if (splits.empty()) splits = layout.ByNames();
  if (splits.empty()) {
    return WrongUsage(
        "a repository holds no file that this source reads: address=", OneLine(address.root, 200),
        " files=", paths.size(), "; remedy: check the source's format, or name the files");
  }
  if (address.splits.empty()) return splits;
  std::vector<SplitPaths> chosen;
  for (const std::string& name : address.splits) {
    const auto found = std::find_if(splits.begin(), splits.end(),
                                    [&](const SplitPaths& split) { return split.split == name; });
    if (found == splits.end()) {
      std::vector<std::string> names;
      for (const SplitPaths& split : splits) names.push_back(split.split);
      return NoSuch("split", name, names);
    }
    chosen.push_back(std::move(*found));
  }
  return chosen;
}

std::vector<SplitPaths> SplitsByNames(const std::vector<std::string>& paths, const Reads& reads) {
  return Layout(paths, reads, "").ByNames();
}

}  // namespace hubmill

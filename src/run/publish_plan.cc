#include "run/publish_plan.h"

#include <fnmatch.h>

#include <algorithm>
#include <set>

#include "net/redact.h"

namespace hubmill {
namespace {

constexpr char kReadme[] = "README.md";
constexpr size_t kGlobPartsMax = 64;
constexpr size_t kDiffCellsMax = 16 << 20;  // Larger texts are shown as all old, all new.

std::vector<std::string> Split(std::string_view text, char at) {
  std::vector<std::string> parts;
  while (true) {
    const size_t end = std::min(text.find(at), text.size());
    parts.emplace_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

bool MatchesParts(const std::vector<std::string>& glob, size_t g,
                  const std::vector<std::string>& path, size_t p) {
  for (; g < glob.size(); ++g, ++p) {
    if (glob[g] == "**") {
      for (; p <= path.size(); ++p) {
        if (MatchesParts(glob, g + 1, path, p)) return true;
      }
      return false;
    }
    if (p == path.size() || fnmatch(glob[g].c_str(), path[p].c_str(), 0) != 0) return false;
  }
  return p == path.size();
}

/// Files that the `datasets` library never takes for data, whatever a glob says.
bool IsData(const std::string& path) {
  if (path[0] == '.' || path.find("/.") != std::string::npos) return false;
  const std::string name = path.substr(path.rfind('/') + 1);
  return name != kReadme && name != "config.json" && name != "dataset_info.json" &&
         name != "dataset_infos.json";
}

/// "data/train-00000-of-00002.parquet" for folder "data/" and split "train".
bool IsShardOf(const std::string& folder, const std::string& split, const std::string& path) {
  const std::string digits = "[0-9][0-9][0-9][0-9][0-9]";
  const std::string stem = folder + split + "-";
  return path.compare(0, stem.size(), stem) == 0 &&
         fnmatch((digits + "-of-" + digits + ".*").c_str(), path.c_str() + stem.size(),
                 FNM_PATHNAME) == 0;
}

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }

bool Contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::set<std::string_view> FormatsOf(const std::vector<PublishFile>& files) {
  std::set<std::string_view> formats;
  for (const PublishFile& file : files) {
    if (IsData(file.path)) formats.insert(DataFormatOf(file.path));
  }
  return formats;
}

bool Owns(const CardSplit& split, const std::string& path) {
  return IsData(path) &&
         std::any_of(split.paths.begin(), split.paths.end(),
                     [&](const std::string& glob) { return MatchesDataFiles(glob, path); });
}

class Planner {
 public:
  Planner(const OutputContents& contents, const RemoteState& remote, const PlanOptions& options)
      : contents_(contents), remote_(remote), options_(options) {}

  Result<PublishPlan> Plan() {
    ARROW_ASSIGN_OR_RAISE(PublishedCard published,
                          ReadPublishedCard(remote_.readme, remote_.files));
    card_ = std::move(published.card);
    inferred_ = std::move(published.inferred);
    ARROW_RETURN_NOT_OK(CompareColumns());
    ARROW_RETURN_NOT_OK(CompareFormats());
    ARROW_RETURN_NOT_OK(PlanWrites());
    PlanDeletes();
    ARROW_RETURN_NOT_OK(CheckFree());
    ARROW_RETURN_NOT_OK(MergeReadme());
    AddNotes();
    KeepTraceOfSameData();
    return std::move(plan_);
  }

 private:
  Status CompareColumns() const;
  Status CompareFormats() const;
  std::vector<CardConfig> Updates() const;
  Result<std::string> OldReadme() const;
  Status PlanWrites();
  void PlanDeletes();
  Status CheckFree() const;
  Status MergeReadme();
  void AddNotes();
  void KeepTraceOfSameData();

  bool Replaces(const std::string& config) const {
    return Contains(options_.replace_configs, config);
  }
  /// Whether the card has to name the files of this config, which readers infer: a folder's own are
  /// inferred as before until the config gets others.
  bool WritesOut(const std::string& inferred) const {
    const bool in_folder = !card_.Find(inferred)->data_dir.empty();
    return !Replaces(inferred) && (!in_folder || contents_.card.Find(inferred) != nullptr);
  }
  /// Whether files of this published split are written anew or dropped.
  bool Replaces(const std::string& config, const std::string& split) const {
    if (Replaces(config)) return true;
    const CardConfig* ours = contents_.card.Find(config);
    return ours != nullptr && std::any_of(ours->splits.begin(), ours->splits.end(),
                                          [&](const CardSplit& s) { return s.name == split; });
  }
  /// The config of the published card that owns `path` by a split that stays, or null.
  const CardConfig* Keeper(const std::string& path) const {
    for (const CardConfig& config : card_.configs) {
      for (const CardSplit& split : config.splits) {
        if (!Replaces(config.name, split.name) && Owns(split, path)) return &config;
      }
    }
    return nullptr;
  }
  bool IsStale(const std::string& path) const;

  const OutputContents& contents_;
  const RemoteState& remote_;
  const PlanOptions& options_;
  Card card_;  // As published.
  std::vector<std::string> inferred_;
  PublishPlan plan_;
};

Status Planner::CompareColumns() const {
  std::string clashes;
  std::string remedy;
  for (const CardConfig& config : contents_.card.configs) {
    const CardConfig* published = card_.Find(config.name);
    if (published == nullptr || Replaces(config.name)) continue;
    const auto read = remote_.columns.find(config.name);
    const bool stated = !published->features.empty() || read == remote_.columns.end();
    const auto lines =
        CompareFeatures(stated ? published->features : read->second, config.features);
    for (const std::string& line : lines) {
      clashes += Concat("\n  config=", config.name, " ", OneLine(line));
    }
    if (!lines.empty()) remedy += " --replace-config " + config.name;
  }
  if (clashes.empty()) return Status::OK();
  return DataRefused("columns would not be what is published; nothing was uploaded:", clashes,
                     "\n; remedy: correct the recipe, or publish with", remedy,
                     ", which drops what is published of the config");
}

/// Readers refuse a config whose splits are of several formats: nothing of it could be loaded.
Status Planner::CompareFormats() const {
  const std::set<std::string_view> formats = FormatsOf(contents_.files);
  for (const CardConfig& config : contents_.card.configs) {
    const CardConfig* published = card_.Find(config.name);
    if (published == nullptr) continue;
    for (const CardSplit& split : published->splits) {
      if (Replaces(config.name, split.name)) continue;
      for (const auto& [path, entry] : remote_.files) {
        const std::string_view format = DataFormatOf(path);
        if (format.empty() || formats.contains(format) || !Owns(split, path)) continue;
        return DataRefused(
            "splits of one config would be of several formats, which no reader takes; nothing was "
            "uploaded: config=",
            config.name, " split=", OneLine(split.name, 80), " path=", OneLine(path, 120),
            "; remedy: the same sink, a data set of another name, or --replace-config ",
            config.name);
      }
    }
  }
  return Status::OK();
}

Status Planner::PlanWrites() {
  std::string foreign;
  for (const PublishFile& file : contents_.files) {
    if (const CardConfig* keeper = Keeper(file.path)) {
      foreign += Concat("\n  path=", file.path, " config=", keeper->name);
    }
    const auto found = remote_.files.find(file.path);
    bool same = found != remote_.files.end();
    if (same) {
      ARROW_ASSIGN_OR_RAISE(same, HasBytesOf(found->second, file));
    }
    if (same) {
      ++plan_.files_unchanged;
    } else {
      plan_.writes.push_back(file);
    }
  }
  if (foreign.empty()) return Status::OK();
  return DataRefused(
      "files belong to a split of the repository that stays:", foreign,
      "\n; remedy: give the data set another name, or publish with --replace-config");
}

bool Planner::IsStale(const std::string& path) const {
  for (const CardConfig& config : card_.configs) {
    for (const CardSplit& split : config.splits) {
      if (Replaces(config.name, split.name) && Owns(split, path)) return true;
    }
  }
  for (const CardConfig& config : contents_.card.configs) {
    for (const CardSplit& split : config.splits) {
      for (const std::string& glob : split.paths) {
        if (IsShardOf(FolderOf(glob), split.name, path)) return true;
      }
    }
  }
  if (Contains(options_.stale, path)) return true;
  for (const std::string& config : options_.replace_configs) {
    if (path == TraceFolderOf(contents_.recipe) + "lineage/" + config + ".parquet") return true;
  }
  return false;
}

void Planner::PlanDeletes() {
  std::set<std::string> written;
  for (const PublishFile& file : contents_.files) written.insert(file.path);
  for (const auto& [path, entry] : remote_.files) {
    if (written.contains(path)) continue;
    if (IsStale(path) && Keeper(path) == nullptr) plan_.deletes.push_back(entry);
  }
}

/// No folder can be made where a file of the repository lies, nor a file where a folder does.
Status Planner::CheckFree() const {
  std::set<std::string> gone, clashes;
  for (const TreeEntry& entry : plan_.deletes) gone.insert(entry.path);
  const auto check = [&](const std::string& path) {
    for (size_t end = path.find('/'); end != path.npos; end = path.find('/', end + 1)) {
      const std::string above = path.substr(0, end);
      if (remote_.files.contains(above) && !gone.contains(above)) clashes.insert(above);
    }
    const std::string below = path + "/";
    for (auto at = remote_.files.lower_bound(below);
         at != remote_.files.end() && at->first.starts_with(below); ++at) {
      if (!gone.contains(at->first)) clashes.insert(path + "/");
    }
  };
  check(kReadme);
  for (const PublishFile& file : contents_.files) check(file.path);
  if (clashes.empty()) return Status::OK();
  std::string shown;
  for (const std::string& path : clashes) shown += "\n  path=" + OneLine(path, 120);
  return DataRefused(
      "files and folders of the repository are in the way of the data set; nothing was uploaded:",
      shown, "\n; remedy: rename or delete them on the Hub, or publish to another repository");
}

/// The configs that are published, with what stays of them counted in.
std::vector<CardConfig> Planner::Updates() const {
  std::vector<CardConfig> updates = contents_.card.configs;
  for (CardConfig& config : updates) {
    const CardConfig* published = card_.Find(config.name);
    if (published == nullptr) continue;
    for (const CardSplit& split : published->splits) {
      if (Replaces(config.name, split.name)) continue;
      if (split.rows == 0 && split.bytes == 0) config.info = CardInfo::kFeatures;
      for (const auto& [path, entry] : remote_.files) {
        if (Owns(split, path)) config.download_bytes += entry.size_bytes;
      }
    }
    if (config.info == CardInfo::kWhole) continue;
    for (CardSplit& split : config.splits) split.rows = split.bytes = 0;
  }
  return updates;
}

/// README.md as it would have to be for readers to see what they see now, once a config is added.
Result<std::string> Planner::OldReadme() const {
  std::string readme = remote_.readme;
  const bool fresh = readme.find_first_not_of(" \t\r\n") == std::string::npos;
  if (fresh) {  // Keys of the front matter that are no configs: `license`.
    std::vector<std::string> configs;
    for (const CardConfig& config : contents_.card.configs) configs.push_back(config.name);
    ARROW_ASSIGN_OR_RAISE(readme, MergeCard(contents_.readme, {}, configs));
  }
  if (fresh || options_.replace_body) {
    readme.resize(readme.size() - CardBodyOf(readme).size());
    readme += FreshCardBody(contents_, options_);
  }
  std::vector<CardConfig> inferred;
  std::vector<std::string> anew;  // Their `data_dir` goes.
  for (const std::string& name : inferred_) {
    if (!WritesOut(name)) continue;
    inferred.push_back(*card_.Find(name));
    inferred.back().info = CardInfo::kNone;
    if (!inferred.back().data_dir.empty()) anew.push_back(name);
  }
  return MergeCard(readme, inferred, anew);
}

Status Planner::MergeReadme() {
  ARROW_ASSIGN_OR_RAISE(const std::string old, OldReadme());
  ARROW_ASSIGN_OR_RAISE(plan_.readme, MergeCard(old, Updates(), options_.replace_configs));
  plan_.readme_changed = plan_.readme != remote_.readme;
  if (!plan_.readme_changed) ++plan_.files_unchanged;
  return Status::OK();
}

void Planner::AddNotes() {
  for (const std::string& config : options_.replace_configs) {
    if (card_.Find(config) == nullptr && contents_.card.Find(config) == nullptr) {
      plan_.notes.push_back("there is no config of this name to replace: config=" + config);
    }
  }
  for (const std::string& name : inferred_) {
    if (!WritesOut(name)) continue;
    const CardConfig& config = *card_.Find(name);
    plan_.notes.push_back(
        config.splits.empty()
            ? Concat("the card's data_dir held no data, and goes: config=", OneLine(name, 80),
                     " data_dir=", OneLine(config.data_dir, 80))
            : Concat("the card named no files of what is published; it names them from now on: "
                     "config=",
                     OneLine(name, 80)));
  }
  plan_.notes.insert(plan_.notes.end(), remote_.notes.begin(), remote_.notes.end());
  const std::set<std::string_view> formats = FormatsOf(contents_.files);
  for (const auto& [path, entry] : remote_.files) {
    if (!IsData(path) || IsStale(path) || Keeper(path) == nullptr) continue;
    if (formats.contains(DataFormatOf(path))) continue;
    plan_.notes.push_back(
        Concat("the repository holds data of another format, and the datasets library reads one "
               "format a repository: path=",
               OneLine(path, 120), "; remedy: the same sink, or another repository"));
    return;
  }
}

/// Manifest and lineage tell where data came from.  Where the same data came from elsewhere, or was
/// made by another version, the repository keeps what it has: unchanged data is no new version.
void Planner::KeepTraceOfSameData() {
  if (plan_.readme_changed || !plan_.deletes.empty()) return;
  const std::string trace = TraceFolderOf(contents_.recipe);
  for (const PublishFile& file : plan_.writes) {
    const bool is_trace = file.path.compare(0, trace.size(), trace) == 0;
    if (!is_trace || !remote_.files.contains(file.path)) return;
  }
  plan_.files_unchanged += static_cast<int64_t>(plan_.writes.size());
  plan_.writes.clear();
}

}  // namespace

std::string FreshCardBody(const OutputContents& contents, const PlanOptions& options) {
  if (!options.card_body.empty()) return "\n" + options.card_body;
  return std::string(CardBodyOf(contents.readme));
}

Result<PublishPlan> PlanPublish(const OutputContents& contents, const RemoteState& remote,
                                const PlanOptions& options) {
  return Planner(contents, remote, options).Plan();
}

const TreeEntry* FileToCompare(const RemoteState& remote, const Card& published,
                               const CardConfig& fresh, const PlanOptions& options) {
  const CardConfig* config = published.Find(fresh.name);
  if (config == nullptr || !config->features.empty()) return nullptr;
  if (Contains(options.replace_configs, fresh.name)) return nullptr;
  const auto is_fresh = [&](const CardSplit& split) {
    return std::any_of(fresh.splits.begin(), fresh.splits.end(),
                       [&](const CardSplit& s) { return s.name == split.name; });
  };
  for (const bool stays : {true, false}) {  // What stays is read beside the new rows.
    for (const CardSplit& split : config->splits) {
      if (is_fresh(split) == stays) continue;
      for (const auto& [path, entry] : remote.files) {
        if (Owns(split, path)) return &entry;
      }
    }
  }
  return nullptr;
}

bool MatchesDataFiles(std::string_view glob, std::string_view path) {
  if (glob.substr(0, 2) == "./") glob.remove_prefix(2);
  const std::vector<std::string> parts = Split(glob, '/');
  // More than one `**` is as good as one, and would be looked for in exponentially many ways.
  if (parts.size() > kGlobPartsMax || std::count(parts.begin(), parts.end(), "**") > 2)
    return false;
  return MatchesParts(parts, 0, Split(path, '/'), 0);
}

std::vector<std::string> DiffLines(std::string_view before, std::string_view after) {
  for (std::string_view* text : {&before, &after}) {
    if (!text->empty() && text->back() == '\n') text->remove_suffix(1);
  }
  const std::vector<std::string> a = Split(before, '\n');
  const std::vector<std::string> b = Split(after, '\n');
  const size_t width = b.size() + 1;
  const bool whole = (a.size() + 1) * width > kDiffCellsMax;
  // common[i, j]: lines that a from i and b from j have in common, in order.
  std::vector<uint32_t> common(whole ? 0 : (a.size() + 1) * width, 0);
  for (size_t i = a.size(); !whole && i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      common[i * width + j] =
          a[i] == b[j] ? common[(i + 1) * width + j + 1] + 1
                       : std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  std::vector<std::string> lines;
  for (size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    const bool both = i < a.size() && j < b.size();
    if (both && !whole && a[i] == b[j]) {
      ++i, ++j;
    } else if (i < a.size() &&
               (!both || whole || common[(i + 1) * width + j] >= common[i * width + j + 1])) {
      lines.push_back("-" + a[i++]);
    } else {
      lines.push_back("+" + b[j++]);
    }
  }
  return lines;
}

}  // namespace hubmill

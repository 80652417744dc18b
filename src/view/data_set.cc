#include "view/data_set.h"

#include <arrow/filesystem/filesystem.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "base/glob.h"
#include "core/setting.h"
#include "hub/card_text.h"
#include "hub/data_layout.h"
#include "hub/front_matter.h"
#include "hub/hub_address.h"
#include "io/csv_source.h"
#include "io/jsonl_source.h"
#include "io/parquet_source.h"
#include "io/zeek_source.h"
#include "view/parquet_file.h"

namespace hubmill {
namespace {

constexpr char kTraceFolder[] = ".hubmill/";
constexpr char kShard[] = "*-[0-9][0-9][0-9][0-9][0-9]-of-[0-9][0-9][0-9][0-9][0-9]*";
constexpr size_t kFootersLocalMax = 256;  // Read to find tables of clusters.
constexpr size_t kFootersRemoteMax = 16;
constexpr size_t kTitleBytesMax = 300;

bool EndsInOneOf(std::string_view path, const std::vector<std::string>& ends) {
  return std::any_of(ends.begin(), ends.end(),
                     [&](const std::string& end) { return path.ends_with(end); });
}

std::string_view NameOfPath(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// What hubmill puts beside rows.
bool IsRejects(std::string_view path) { return NameOfPath(path) == "rejects.jsonl"; }
bool IsOurs(std::string_view path) {
  return IsRejects(path) || NameOfPath(path) == "manifest.json" || path.starts_with(kTraceFolder);
}

std::string TitleOf(const std::string& card, const std::string& name) {
  try {
    const auto front = LoadFrontMatter(card, FindFrontMatter(card));
    if (front.ok() && *front && (*front)["pretty_name"].IsScalar()) {
      return (*front)["pretty_name"].Scalar().substr(0, kTitleBytesMax);
    }
  } catch (const YAML::Exception&) {  // Then it has no name; Open() tells why.
  }
  const std::string_view body = CardBodyOf(card);
  for (size_t at = 0; at < body.size();) {
    const size_t end = std::min(body.find('\n', at), body.size());
    std::string_view line = body.substr(at, end - at);
    at = end + 1;
    if (!line.starts_with("# ")) continue;
    line.remove_prefix(2);
    while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
    if (!line.empty()) return std::string(line.substr(0, kTitleBytesMax));
  }
  return name;
}

ClassNames ClassNamesOf(const std::vector<CardFeature>& features) {
  ClassNames names;
  for (const CardFeature& feature : features) {
    const std::set<std::string> different(feature.labels.begin(), feature.labels.end());
    if (feature.labels.empty() || different.size() < feature.labels.size()) continue;
    names[feature.name] = feature.labels;
  }
  return names;
}

class Opener {
 public:
  explicit Opener(const DataPlace& place) { set_.place = place; }

  Result<DataSet> Open() {
    ARROW_ASSIGN_OR_RAISE(sizes_, set_.place.ListFiles());
    if (sizes_.size() > kDataSetFilesMax) {
      return WrongUsage("a folder holds too many files: path=", set_.place.root,
                        " files=", sizes_.size(), " max=", kDataSetFilesMax,
                        "; remedy: name a folder in it, or a file");
    }
    ARROW_RETURN_NOT_OK(ReadTexts());
    FindClusters();
    for (const auto& entry : sizes_) {
      paths_.push_back(entry.first);
      if (IsRejects(entry.first)) set_.rejects.push_back(entry.first);
    }
    Card card;
    auto parsed = ParseCard(set_.card);
    if (parsed.ok()) {
      card = std::move(*parsed);
    } else {
      set_.problems.push_back(parsed.status().message());
    }
    set_.title = TitleOf(parsed.ok() ? set_.card : "", set_.place.name);
    if (card.configs.empty()) {
      AddConfig(card, "");
    } else {
      for (const CardConfig& config : card.configs) AddConfig(card, config.name);
    }
    return std::move(set_);
  }

 private:
  Status ReadTexts() {
    if (sizes_.count("README.md") > 0) {
      ARROW_ASSIGN_OR_RAISE(set_.card, set_.place.ReadText("README.md", kCardBytesMax));
    }
    for (const auto& [path, size] : sizes_) {
      const bool own = path == "manifest.json";
      const bool published = path.starts_with(kTraceFolder) && path.ends_with("/manifest.json");
      if ((!own && !published) || size > kManifestBytesMax) continue;
      ARROW_ASSIGN_OR_RAISE(set_.manifest, set_.place.ReadText(path, kManifestBytesMax));
      if (own) break;
    }
    return Status::OK();
  }

  void FindClusters() {
    size_t left = set_.place.remote() ? kFootersRemoteMax : kFootersLocalMax;
    for (const auto& [path, size] : sizes_) {
      if (!path.ends_with(".parquet") || IsOurs(path) || MatchesGlob(kShard, NameOfPath(path))) {
        continue;
      }
      if (left-- == 0) break;
      const Result<bool> found = IsClusterTable(set_.place.File(path, size));
      if (!found.ok()) {  // Nor will it tell of the others soon.
        set_.problems.push_back("not all tables of clusters are known: " +
                                found.status().message());
        break;
      }
      if (*found) set_.clusters.push_back(path);
    }
  }

  bool Reads(std::string_view path) const {
    return !FormatOfName(path).empty() && !IsOurs(path) &&
           std::find(set_.clusters.begin(), set_.clusters.end(), path) == set_.clusters.end();
  }

  /// The format of most files that names alone would take, as `datasets` chooses it.
  std::string UsualFormat() const {
    std::map<std::string, size_t> counts;
    for (const SplitPaths& split :
         SplitsByNames(paths_, [this](std::string_view path) { return Reads(path); })) {
      for (const std::string& path : split.paths) ++counts[FormatOfName(path)];
    }
    std::string usual;
    for (const char* format : {"parquet", "jsonl", "csv", "zeek"}) {
      if (counts[format] > (usual.empty() ? 0 : counts[usual])) usual = format;
    }
    return usual;
  }

  void AddConfig(const Card& card, const std::string& name) {
    const CardConfig* config = name.empty() ? nullptr : card.Find(name);
    const bool named = config != nullptr && !config->splits.empty();
    const std::string usual = named ? "" : UsualFormat();
    const auto reads = [&](std::string_view path) {
      return Reads(path) && (usual.empty() || FormatOfName(path) == usual);
    };
    HubAddress address;
    address.config = name;
    address.root = set_.place.root;
    auto splits = LayOutSplits(address, card, paths_, reads);
    if (!splits.ok()) {
      set_.problems.push_back(splits.status().message());
      return;
    }
    DataConfig out{.name = name.empty() ? "default" : name,
                   .is_default = config != nullptr && config->is_default,
                   .splits = {}};
    const ClassNames names = config == nullptr ? ClassNames() : ClassNamesOf(config->features);
    for (const SplitPaths& paths : *splits) {
      DataSplit split{.name = paths.split, .files = {}, .formats = {}, .class_names = names};
      std::set<std::string> formats;
      for (const std::string& path : paths.paths) {
        const int64_t size = sizes_[path];
        split.files.push_back(set_.place.File(path, size));
        split.bytes += std::max<int64_t>(size, 0);
        formats.insert(FormatOfName(path));
      }
      split.formats.assign(formats.begin(), formats.end());
      out.splits.push_back(std::move(split));
    }
    set_.configs.push_back(std::move(out));
  }

  DataSet set_;
  std::map<std::string, int64_t> sizes_;
  std::vector<std::string> paths_;  // Sorted.
};

Status NoSuch(const char* what, const std::string& name, const std::string& where,
              const std::vector<std::string>& known) {
  std::string all;
  for (const std::string& each : known) all += (all.empty() ? "" : ", ") + each;
  const std::string near = NearestName(name, known);
  return WrongUsage(
      "a data set has no such ", what, ": ", what, "=", name, " in=", where, " known=", all,
      "; remedy: ", near.empty() ? "name one of these" : "did you mean " + near + "?");
}

/// A file that a person named, as `name` in messages.
Result<DataSet> OpenNamed(const FileSystemPath& where, const std::string& name) {
  const size_t slash = where.path.rfind('/');
  const size_t shown = name.rfind('/');
  DataPlace place{.name = std::string(NameOfPath(name)),
                  .root = shown == name.npos ? "." : name.substr(0, shown),
                  .file_system = where.file_system,
                  .base = slash == where.path.npos ? "" : where.path.substr(0, slash)};
  ARROW_ASSIGN_OR_RAISE(DataSet set, DataSet::OpenFile(place, std::string(NameOfPath(where.path))));
  set.configs[0].splits[0].files[0].name = name;
  return set;
}

Result<DataSet> OpenAddress(const std::string& input, HubUris& uris) {
  ARROW_ASSIGN_OR_RAISE(const HubAddress address, ParseHubAddress(input));
  ARROW_ASSIGN_OR_RAISE(DataPlace place, FindPlace(input, uris));
  if (!address.path.empty() && !FormatOfName(address.path).empty()) {
    return DataSet::OpenFile(place, address.path);
  }
  if (!address.path.empty()) place.root += "/" + address.path;
  place.base = address.path;
  ARROW_ASSIGN_OR_RAISE(DataSet set, DataSet::Open(place));
  set.config = address.config;
  if (!address.splits.empty()) set.split = address.splits[0];
  return set;
}

}  // namespace

std::string FormatOfName(std::string_view path) {
  if (EndsInOneOf(path, ParquetExtensions())) return "parquet";
  if (path.ends_with(".gz")) path.remove_suffix(3);
  if (path.ends_with(".zst")) path.remove_suffix(4);
  if (EndsInOneOf(path, JsonlExtensions())) return "jsonl";
  if (EndsInOneOf(path, CsvExtensions())) return "csv";
  return path.ends_with(".log.labeled") ? "zeek" : "";
}

Result<bool> IsClusterTable(const InputFile& file) {
  const auto opened = ParquetFile::Open(file, {});
  if (!opened.ok() && KindOf(opened.status()) == FailureKind::kService) return opened.status();
  if (!opened.ok()) return false;
  const auto& schema = *(*opened)->schema();
  const auto has = [&](const char* name, arrow::Type::type type) {
    const auto field = schema.GetFieldByName(name);
    return field != nullptr && field->type()->id() == type;
  };
  return has("id", arrow::Type::STRING) && has("cluster", arrow::Type::STRING) &&
         has("kept", arrow::Type::BOOL) && has("representative", arrow::Type::STRING);
}

Result<std::shared_ptr<RowTable>> DataSplit::OpenRows() const {
  return RowTable::Open(files, {.class_names = class_names});
}

Result<DataSet> DataSet::Open(const DataPlace& place) { return Opener(place).Open(); }

Result<DataSet> DataSet::OpenFile(const DataPlace& place, const std::string& path) {
  const std::string format = FormatOfName(path);
  if (format.empty()) {
    return WrongUsage("a file's format is not known by its extension: file=", place.root, "/", path,
                      "; remedy: name a .parquet, .jsonl, .csv or .tsv file");
  }
  InputFile file = place.File(path);
  ARROW_ASSIGN_OR_RAISE(const auto info, file.file_system->GetFileInfo(file.path));
  if (info.type() != arrow::fs::FileType::File) {
    return WrongUsage("a file does not exist: file=", file.name, "; remedy: correct the path");
  }
  file.size_bytes = info.size();
  DataSet set;
  set.place = place;
  set.title = std::string(NameOfPath(path));
  set.configs.push_back({.name = "default",
                         .splits = {{.name = "train",
                                     .files = {file},
                                     .formats = {format},
                                     .bytes = std::max<int64_t>(file.size_bytes, 0)}}});
  return set;
}

Result<DataSet> DataSet::OpenInput(const std::string& input, HubUris& uris) {
  if (uris.Knows(input)) return OpenAddress(input, uris);
  std::error_code error;
  if (IsUri(input)) {
    ARROW_ASSIGN_OR_RAISE(const FileSystemPath where, ResolveFileSystem(input));
    auto info = where.file_system->GetFileInfo(where.path);
    if (!info.ok()) {
      return ServiceFailure("read an input", WithoutSecrets(input), info.status().message());
    }
    if (info->IsFile()) return OpenNamed(where, WithoutSecrets(input));
  } else if (!std::filesystem::is_directory(input, error)) {
    const bool there = std::filesystem::exists(input, error);
    if (there || !FormatOfName(input).empty()) {
      Setting path;
      path.kind = Setting::Kind::kScalar;
      path.scalar = input;
      // Says what is nearest where it is not there, and what is wrong with it otherwise.
      ARROW_ASSIGN_OR_RAISE(const InputFiles found, ExpandPaths(path, {""}));
      if (found.files.size() == 1) {
        return OpenNamed({found.files[0].file_system, found.files[0].path}, input);
      }
    }
  }
  const bool there = IsUri(input) || std::filesystem::exists(input, error);
  if (!there && (input.starts_with('/') || input.starts_with('.') || input.starts_with('~'))) {
    return WrongUsage("there is no such file or folder: path=", input, "; remedy: correct it");
  }
  const auto open = [&]() -> Result<DataSet> {
    ARROW_ASSIGN_OR_RAISE(const DataPlace place, FindPlace(input, uris));
    return Open(place);
  };
  Result<DataSet> set = open();
  if (set.ok() || there) return set;
  return WithContext(set.status(),
                     "no file or folder has this name, so it was taken for a repository: ");
}

Result<const DataSplit*> DataSet::Find(const std::string& config_name,
                                       const std::string& split_name) const {
  if (configs.empty()) {
    const std::string revision = place.revision.empty() ? "" : " revision=" + place.revision;
    const std::string why = problems.empty() ? "" : problems[0].substr(0, problems[0].find(';'));
    return WrongUsage("a data set holds no file that can be shown: in=", place.root, revision,
                      why.empty() ? "" : " why=" + why,
                      "; remedy: name one with .parquet, .jsonl or .csv files");
  }
  const std::string& wanted = config_name.empty() ? config : config_name;
  const DataConfig* found = nullptr;
  std::vector<std::string> names;
  for (const DataConfig& each : configs) {
    names.push_back(each.name);
    if (each.name == wanted) found = &each;
  }
  if (!wanted.empty() && found == nullptr) return NoSuch("config", wanted, place.root, names);
  for (const DataConfig& each : configs) {
    if (found == nullptr && each.is_default) found = &each;
  }
  for (const DataConfig& each : configs) {
    if (found == nullptr && (each.name == "default" || configs.size() == 1)) found = &each;
  }
  if (found == nullptr) {
    return WrongUsage("a data set has several configs and none is the default: in=", place.root,
                      " configs=", names[0], ", ", names[1], names.size() > 2 ? ", …" : "",
                      "; remedy: name one, --config ", names[0]);
  }
  const std::string& wanted_split = split_name.empty() ? split : split_name;
  const DataSplit* chosen = nullptr;
  names.clear();
  for (const DataSplit& each : found->splits) {
    names.push_back(each.name);
    if (each.name == (wanted_split.empty() ? "train" : wanted_split)) chosen = &each;
  }
  if (chosen == nullptr && wanted_split.empty() && !found->splits.empty()) {
    chosen = found->splits.data();
  }
  if (chosen == nullptr) return NoSuch("split", wanted_split, place.root, names);
  return chosen;
}

}  // namespace hubmill

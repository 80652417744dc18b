#include "run/published_trace.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>

#include "base/hash.h"
#include "hub/digest.h"
#include "io/file_output.h"
#include "io/lineage.h"
#include "net/redact.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kCardKey[] = "card_sha256";
constexpr char kManifest[] = "manifest.json";

Json* FindDataset(Json& manifest, const std::string& name) {
  for (Json& dataset : manifest.at("datasets")) {
    if (dataset.at("name") == name) return &dataset;
  }
  return nullptr;
}

bool Lists(const Json& files, const Json& path) {
  return std::any_of(files.begin(), files.end(),
                     [&](const Json& file) { return file.at("path") == path; });
}

/// Without one (standard input), two inputs of the same name may have had other bytes.
bool HasHash(const Json& input) {
  const auto hash = input.is_object() ? input.find("hash") : input.end();
  return hash != input.end() && hash->is_string() && !hash->get_ref<const std::string&>().empty();
}

class Joiner {
 public:
  Joiner(const OutputContents& contents, const RemoteState& remote, const PublishPlan& plan,
         const TraceWork& work)
      : remote_(remote), work_(work), trace_(TraceFolderOf(contents.recipe)) {
    joined_.contents = contents;
    for (const TreeEntry& entry : plan.deletes) changed_.insert(entry.path);
    for (const PublishFile& file : plan.writes) changed_.insert(file.path);
  }

  Result<JoinedTrace> Join(const PublishedManifests& published, const std::string& fresh_body);

 private:
  std::optional<Json> Parse(const std::string& recipe, const std::string& text);
  bool Stays(const Json& file) const;
  bool NothingStays(const Json& manifest) const;
  void DropTrace(const std::string& recipe);
  void LookAtBody(const Json& manifest);
  Status JoinManifest(const Json& published);
  Status JoinDataset(const Json& published, Json* fresh);
  Status JoinLineage(const Json& published, const std::set<std::string>& splits, Json* fresh);
  Status WriteLineage(const std::string& earlier, const std::set<std::string>& splits,
                      const std::map<int32_t, int32_t>& numbers, const Json& all_splits,
                      PublishFile* file);
  void KeepDataset(const Json& published);
  PublishFile* Find(const std::string& path);
  Status Replace(const std::string& path, const std::string& local);
  void Note(const std::string& what, const std::string& path) {
    joined_.notes.push_back(Concat(what, ": path=", OneLine(path, 120)));
  }

  const RemoteState& remote_;
  const TraceWork& work_;
  const std::string trace_;        // .hubmill/RECIPE/
  std::set<std::string> changed_;  // Paths whose published bytes go.
  Json fresh_;                     // The manifest of what is published now.
  JoinedTrace joined_;
};

PublishFile* Joiner::Find(const std::string& path) {
  for (PublishFile& file : joined_.contents.files) {
    if (file.path == path) return &file;
  }
  return nullptr;
}

/// Gives the file `path` of the contents the bytes of `local`.
Status Joiner::Replace(const std::string& path, const std::string& local) {
  PublishFile* file = Find(path);
  ARROW_ASSIGN_OR_RAISE(FileDigest digest, Sha256OfFile(local));
  file->local = local;
  file->size_bytes = digest.size_bytes;
  file->sha256 = std::move(digest.hex);
  return Status::OK();
}

/// What is asked of a manifest later is asked here first, so that one by other people is a note.
std::optional<Json> Joiner::Parse(const std::string& recipe, const std::string& text) {
  try {
    Json manifest = Json::parse(text);
    for (Json& dataset : manifest.at("datasets")) {
      dataset.at("name").get<std::string>();
      for (const Json& file : dataset.at("files")) {
        file.at("path").get<std::string>();
        file.at("split").get<std::string>();
        file.at("sha256").get<std::string>();
        file.at("size").get<int64_t>();
      }
      for (const char* key : {"splits", "inputs"}) {
        if (!dataset.contains(key)) dataset[key] = key[0] == 's' ? Json::object() : Json::array();
      }
      for (const auto& split : dataset.at("splits").items()) split.value().get<int64_t>();
      if (!dataset.at("inputs").is_array()) throw std::invalid_argument("inputs");
    }
    return manifest;
  } catch (const std::exception&) {
    Note("a published manifest cannot be read, and what it says is not kept",
         TraceFolderOf(recipe) + kManifest);
    return std::nullopt;
  }
}

bool Joiner::Stays(const Json& file) const {
  const auto path = file.at("path").get<std::string>();
  const auto found = remote_.files.find(path);
  if (found == remote_.files.end() || changed_.contains(path)) return false;
  const TreeEntry& entry = found->second;
  return entry.large() ? entry.sha256 == file.at("sha256").get<std::string>()
                       : entry.size_bytes == file.at("size").get<int64_t>();
}

bool Joiner::NothingStays(const Json& manifest) const {
  bool any = false;
  for (const Json& dataset : manifest.at("datasets")) {
    for (const Json& file : dataset.at("files")) {
      if (Stays(file)) return false;
      any = true;
    }
  }
  return any;  // One that names no file never told of any.
}

void Joiner::DropTrace(const std::string& recipe) {
  const std::string folder = TraceFolderOf(recipe);
  for (const auto& [path, entry] : remote_.files) {
    if (path == folder + kManifest || path.starts_with(folder + "lineage/")) {
      joined_.stale.push_back(path);
    }
  }
}

void Joiner::LookAtBody(const Json& manifest) {
  const auto written = manifest.find(kCardKey);
  if (written == manifest.end() || !written->is_string()) return;
  if (*written == Sha256Hex(CardBodyOf(remote_.readme))) joined_.own_body = true;
}

/// All of the fresh lineage, then the lines of `splits` from `earlier`.
Status Joiner::WriteLineage(const std::string& earlier, const std::set<std::string>& splits,
                            const std::map<int32_t, int32_t>& numbers, const Json& all_splits,
                            PublishFile* file) {
  std::map<std::string, int32_t> index;
  std::vector<std::string> names;
  for (const auto& split : all_splits.items()) {
    index.emplace(split.key(), int32_t(names.size()));
    names.push_back(split.key());
  }
  const std::string local =
      Concat(work_.folder, "/joined-", file->path.substr(file->path.rfind('/') + 1));
  ARROW_ASSIGN_OR_RAISE(auto writer, LineageWriter::Open(local, names));
  const auto append = [&](const std::string& split, RowRun run) {
    const auto found = index.find(split);
    if (found == index.end()) return DataRefused("a lineage names a split that is not there");
    run.split = found->second;
    return writer->Append(Origins(run));
  };
  ARROW_RETURN_NOT_OK(ReadLineage(file->local, append));
  ARROW_RETURN_NOT_OK(ReadLineage(earlier, [&](const std::string& split, RowRun run) {
    if (!splits.contains(split)) return Status::OK();
    run.file = numbers.at(run.file);
    return append(split, run);
  }));
  ARROW_RETURN_NOT_OK(writer->Close());
  return Replace(file->path, local);
}

/// The inputs of the splits that stay come behind those of this run; their rows name them anew.
Status Joiner::JoinLineage(const Json& published, const std::set<std::string>& splits,
                           Json* fresh) {
  const std::string path =
      Concat(trace_, "lineage/", published.at("name").get<std::string>(), ".parquet");
  PublishFile* file = Find(path);
  if (file == nullptr || !remote_.files.contains(path)) {
    Note("the repository has no lineage of splits that stay", path);
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const std::string earlier, work_.fetch(path));
  std::set<int32_t> used;
  const Status read = ReadLineage(earlier, [&](const std::string& split, const RowRun& run) {
    if (splits.contains(split)) used.insert(run.file);
    return Status::OK();
  });
  const Json& inputs = published.at("inputs");
  if (!read.ok() ||
      (!used.empty() && (*used.begin() < 0 || *used.rbegin() >= int32_t(inputs.size())))) {
    Note("the published lineage of splits that stay cannot be read, and is not kept", path);
    return Status::OK();
  }
  std::map<int32_t, int32_t> numbers;
  Json& all = (*fresh)["inputs"];
  for (const int32_t number : used) {
    const Json& input = inputs[size_t(number)];
    auto same = HasHash(input) ? std::find(all.begin(), all.end(), input) : all.end();
    if (same == all.end()) {
      all.push_back(input);
      same = all.end() - 1;
    }
    numbers.emplace(number, int32_t(same - all.begin()));
  }
  return WriteLineage(earlier, splits, numbers, fresh->at("splits"), file);
}

Status Joiner::JoinDataset(const Json& published, Json* fresh) {
  std::set<std::string> splits;
  Json& files = fresh->at("files");
  for (const Json& file : published.at("files")) {
    if (!Stays(file) || Lists(files, file.at("path"))) continue;
    const auto split = file.at("split").get<std::string>();
    if (splits.insert(split).second) {
      (*fresh)["splits"][split] = published.at("splits").value(split, int64_t{0});
    }
    files.push_back(file);
  }
  return splits.empty() ? Status::OK() : JoinLineage(published, splits, fresh);
}

/// A data set that this run has not: what stays of it stands as it was.
void Joiner::KeepDataset(const Json& published) {
  Json kept = published;
  kept["files"] = Json::array();
  for (const Json& file : published.at("files")) {
    if (Stays(file)) kept["files"].push_back(file);
  }
  const std::string lineage =
      Concat(trace_, "lineage/", published.at("name").get<std::string>(), ".parquet");
  if (!kept["files"].empty()) {
    fresh_["datasets"].push_back(std::move(kept));
  } else if (remote_.files.contains(lineage)) {
    joined_.stale.push_back(lineage);
  }
}

Status Joiner::JoinManifest(const Json& published) {
  for (const Json& dataset : published.at("datasets")) {
    const auto name = dataset.at("name").get<std::string>();
    Json* fresh = FindDataset(fresh_, name);
    if (fresh == nullptr) {
      KeepDataset(dataset);
    } else {
      ARROW_RETURN_NOT_OK(JoinDataset(dataset, fresh));
    }
  }
  return Status::OK();
}

Result<JoinedTrace> Joiner::Join(const PublishedManifests& published,
                                 const std::string& fresh_body) {
  const PublishFile* file = Find(trace_ + kManifest);
  ARROW_ASSIGN_OR_RAISE(const std::string text, ReadWholeFile(file->local, file->size_bytes));
  fresh_ = Json::parse(text);
  const Json before = fresh_;
  joined_.own_body = remote_.readme.find_first_not_of(" \t\r\n") == std::string::npos;
  for (const auto& [recipe, manifest_text] : published) {
    const std::optional<Json> manifest = Parse(recipe, manifest_text);
    if (!manifest) continue;
    const bool ours = recipe == joined_.contents.recipe;
    const bool gone = !ours && NothingStays(*manifest);
    if (ours || gone) LookAtBody(*manifest);
    if (ours) ARROW_RETURN_NOT_OK(JoinManifest(*manifest));
    if (gone) DropTrace(recipe);
  }
  if (joined_.own_body) fresh_[kCardKey] = Sha256Hex(fresh_body);
  if (fresh_ == before) return std::move(joined_);
  const std::string local = Concat(work_.folder, "/", kManifest);
  const std::string joined = fresh_.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  ARROW_RETURN_NOT_OK(WriteFile(local, joined));
  ARROW_RETURN_NOT_OK(Replace(trace_ + kManifest, local));
  return std::move(joined_);
}

}  // namespace

std::string RecipeOfManifest(const std::string& path) {
  constexpr std::string_view kFolder = ".hubmill/";
  const std::string name = std::string("/") + kManifest;
  if (!path.starts_with(kFolder) || !path.ends_with(name)) return "";
  if (path.size() <= kFolder.size() + name.size()) return "";
  const std::string recipe =
      path.substr(kFolder.size(), path.size() - kFolder.size() - name.size());
  return recipe.find('/') == recipe.npos ? recipe : "";
}

Result<JoinedTrace> JoinTrace(const OutputContents& contents, const RemoteState& remote,
                              const PublishPlan& plan, const PublishedManifests& published,
                              const std::string& fresh_body, const TraceWork& work) {
  return Joiner(contents, remote, plan, work).Join(published, fresh_body);
}

}  // namespace hubmill

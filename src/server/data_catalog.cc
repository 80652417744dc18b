#include "server/data_catalog.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "base/ascii.h"
#include "hub/history.h"
#include "hub/hub_address.h"
#include "hub/repo_list.h"
#include "run/data_place.h"
#include "server/data_folders.h"
#include "server/job_command.h"
#include "server/uuid.h"

namespace hubmill::server {
namespace {

constexpr std::string_view kRun = "run/";
constexpr std::string_view kFolder = "folder/";
constexpr std::string_view kHub = "hub/";

int64_t SteadySeconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

/// Names and sizes of all files.
std::vector<std::pair<std::string, int64_t>> FilesOf(const DataSet& set) {
  std::vector<std::pair<std::string, int64_t>> files;
  for (const DataConfig& config : set.configs) {
    for (const DataSplit& split : config.splits) {
      for (const InputFile& file : split.files) files.emplace_back(file.name, file.size_bytes);
    }
  }
  return files;
}

DataCatalogOptions WithSoonerEnds(DataCatalogOptions options) {
  if (!options.hub) return options;
  HttpOptions& http = options.hub->hub.http;
  http.connect_timeout_ms = kHubConnectMsMax;
  http.answer_ms_max = kHubAnswerMsMax;
  http.stall_s_max = kHubStallSMax;
  http.retry.attempts_max = kHubAttemptsMax;
  return options;
}

/// What a job made, as a data set; nothing where it made none.
std::optional<SetFacts> FactsOf(const Job& job) {
  if (job.state != JobState::kCompleted || job.request.dry_run) return std::nullopt;
  if (!Exists(job.output_dir)) return std::nullopt;
  const bool recipe = job.request.kind == JobRequest::Kind::kRecipe;
  return SetFacts{.id = Concat(kRun, job.id),
                  .title = recipe ? job.request.recipe : "signals export",
                  .kind = "run",
                  .is_private = true,
                  .modified = job.ended};
}

}  // namespace

Result<std::shared_ptr<RowTable>> OpenSet::Table(const std::string& config,
                                                 const std::string& split) {
  ARROW_ASSIGN_OR_RAISE(const DataSplit* found, data_.Find(config, split));
  return Opened(*found);
}

Result<std::shared_ptr<RowTable>> OpenSet::TableOf(const std::vector<InputFile>& files) {
  return Opened({.files = files});
}

Result<std::shared_ptr<RowTable>> OpenSet::Opened(const DataSplit& split) {
  std::string key;
  for (const InputFile& file : split.files) key += file.name + "\n";
  // Configs may have the same files and other names of classes.
  for (const auto& [column, names] : split.class_names) {
    key += "\n" + column;
    for (const std::string& name : names) key += "\n\t" + name;
  }
  const std::lock_guard lock(mutex_);
  std::shared_ptr<RowTable>& table = tables_[key];
  if (table == nullptr) {
    ARROW_ASSIGN_OR_RAISE(table, split.OpenRows());
  }
  return table;
}

std::optional<std::string> OpenSet::KeptAnswer(const std::string& question) {
  const std::lock_guard lock(mutex_);
  const auto found = answers_.find(question);
  return found == answers_.end() ? std::nullopt : std::optional<std::string>(found->second);
}

void OpenSet::KeepAnswer(const std::string& question, const std::string& answer) {
  const std::lock_guard lock(mutex_);
  if (answers_.size() >= kAnswersMax) answers_.clear();
  answers_[question] = answer;
}

bool OpenSet::SameFilesAs(const OpenSet& other) const {
  if (data_.place.revision != other.data_.place.revision) return false;
  if (data_.place.remote()) {  // A Hub that was silent for a moment left something out.
    return data_.problems == other.data_.problems && data_.clusters == other.data_.clusters;
  }
  return FilesOf(data_) == FilesOf(other.data_) && data_.card == other.data_.card;
}

bool OpenSet::Unchanged() {
  if (data_.place.remote()) return true;
  const std::lock_guard lock(mutex_);
  return std::all_of(tables_.begin(), tables_.end(), [](const auto& entry) {
    return entry.second != nullptr && entry.second->CheckUnchanged().ok();
  });
}

DataCatalog::DataCatalog(Jobs* jobs, DataCatalogOptions options)
    : jobs_(*jobs), options_(WithSoonerEnds(std::move(options))) {}

Result<std::vector<SetFacts>> DataCatalog::ListRuns(const std::string& recipe) {
  JobFilter filter{.state = JobState::kCompleted, .recipe = recipe, .count_max = kSetsMax};
  ARROW_ASSIGN_OR_RAISE(const std::vector<Job> jobs, jobs_.List(filter));
  std::vector<SetFacts> sets;
  for (const Job& job : jobs) {
    if (auto facts = FactsOf(job)) sets.push_back(*std::move(facts));
  }
  return sets;
}

std::vector<std::pair<SetFacts, std::string>> DataCatalog::ListFolders() const {
  std::vector<std::pair<SetFacts, std::string>> sets;
  for (DataFolder& folder : FindDataFolders(options_.folders, kSetsMax)) {
    sets.push_back({{.id = Concat(kFolder, folder.name),
                     .title = folder.name,
                     .kind = "folder",
                     .is_private = true,
                     .modified = folder.modified},
                    folder.path});
  }
  return sets;
}

Result<std::vector<SetFacts>> DataCatalog::ListHub(const std::string& search) const {
  if (!options_.hub) return std::vector<SetFacts>();
  RepoQuestion question{.search = search, .count_max = kSetsMax};
  const HubOptions& hub = options_.hub->hub;
  // Of the public Hub, which has a million, those of the user alone.
  if (hub.endpoint == kPublicEndpoint) {
    ARROW_ASSIGN_OR_RAISE(const auto client, HubClient::Make(hub));
    ARROW_ASSIGN_OR_RAISE(const HubUser user, client->WhoAmI());
    question.author = user.name;
  }
  ARROW_ASSIGN_OR_RAISE(const auto list, HubRepoList::Make(hub));
  ARROW_ASSIGN_OR_RAISE(const std::vector<RepoInfo> repos, list->ListDatasets(question));
  std::vector<SetFacts> sets;
  for (const RepoInfo& repo : repos) {
    sets.push_back({.id = Concat(kHub, repo.id.full()),
                    .title = repo.id.full(),
                    .kind = "hub",
                    .is_private = repo.is_private,
                    .gated = repo.gated,
                    .modified = repo.last_modified});
  }
  return sets;
}

std::vector<SetFacts> DataCatalog::List(const std::string& search,
                                        std::vector<std::string>* problems) {
  std::vector<SetFacts> sets;
  const auto add = [&](Result<std::vector<SetFacts>> found) {
    if (!found.ok()) problems->push_back(found.status().message());
    if (!found.ok()) return;
    for (SetFacts& facts : *found) {
      if (ContainsIgnoringCase(facts.title, search) || ContainsIgnoringCase(facts.id, search)) {
        sets.push_back(std::move(facts));
      }
    }
  };
  add(ListRuns(""));
  std::vector<SetFacts> folders;
  for (auto& [facts, path] : ListFolders()) folders.push_back(facts);
  add(std::move(folders));
  add(ListHub(search));
  return sets;
}

Result<std::shared_ptr<OpenSet>> DataCatalog::Open(const std::string& id,
                                                   const std::string& revision) {
  const auto key = std::make_pair(id, revision);
  const int64_t now = SteadySeconds();
  Kept before;
  {
    const std::lock_guard lock(mutex_);
    const auto kept = open_.find(key);
    if (kept != open_.end()) before = kept->second;
  }
  const bool stands = before.set != nullptr && before.set->Unchanged();
  if (stands && now - before.opened_s < kOpenSetSecondsMax) return before.set;
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<OpenSet> set, OpenAnew(id, revision));
  // Where all is as it was, its tables stay open.
  if (stands && set != nullptr && before.set->SameFilesAs(*set)) set = before.set;
  const std::lock_guard lock(mutex_);
  open_.erase(key);
  if (set == nullptr) return set;
  if (open_.size() >= kOpenSetsMax) {
    open_.erase(std::min_element(open_.begin(), open_.end(), [](const auto& a, const auto& b) {
      return a.second.opened_s < b.second.opened_s;
    }));
  }
  open_[key] = {set, now};
  return set;
}

Result<std::shared_ptr<OpenSet>> DataCatalog::OpenPlace(SetFacts facts, const std::string& input,
                                                        std::vector<InputFile> rejects) {
  HubUris uris([this] { return Result<HubAccess>(*options_.hub); }, nullptr);
  ARROW_ASSIGN_OR_RAISE(DataPlace place, FindPlace(input, uris));
  place.links_stay_inside = true;
  ARROW_ASSIGN_OR_RAISE(DataSet data, DataSet::Open(place));
  for (const std::string& path : data.rejects) {
    rejects.push_back(place.File(path));
    rejects.back().name = path;
  }
  return std::make_shared<OpenSet>(std::move(facts), std::move(data), std::move(rejects));
}

Result<std::shared_ptr<OpenSet>> DataCatalog::OpenRun(const std::string& job_id) {
  if (!IsUuid4(job_id)) return nullptr;
  ARROW_ASSIGN_OR_RAISE(const std::optional<Job> job, jobs_.Find(job_id));
  std::optional<SetFacts> facts = job ? FactsOf(*job) : std::nullopt;
  if (!facts) return nullptr;
  std::vector<InputFile> rejects;
  const std::string file = RejectsFolderOf(job->output_dir) + "/rejects.jsonl";
  if (job->request.kind == JobRequest::Kind::kRecipe && Exists(file)) {
    ARROW_ASSIGN_OR_RAISE(const FileSystemPath where, ResolveFileSystem(file));
    rejects.push_back(
        {.name = "rejects.jsonl", .path = where.path, .file_system = where.file_system});
  }
  return OpenPlace(*std::move(facts), job->output_dir, std::move(rejects));
}

std::optional<RepoId> DataCatalog::RepoOf(const std::string& id) const {
  if (!id.starts_with(kHub) || !options_.hub) return std::nullopt;
  const std::string name = id.substr(kHub.size());
  const Result<RepoId> repo = ParseRepoId(name);
  if (!repo.ok() || repo->space.empty() || repo->full() != name) return std::nullopt;
  return *repo;
}

Result<std::shared_ptr<OpenSet>> DataCatalog::OpenAnew(const std::string& id,
                                                       const std::string& revision) {
  if (id.starts_with(kRun)) return OpenRun(id.substr(kRun.size()));
  if (id.starts_with(kFolder)) {
    for (auto& [facts, path] : ListFolders()) {
      if (facts.id == id) return OpenPlace(facts, path, {});
    }
    return nullptr;
  }
  const std::optional<RepoId> repo = RepoOf(id);
  if (!repo) return nullptr;
  ARROW_ASSIGN_OR_RAISE(const auto client, HubClient::Make(options_.hub->hub));
  ARROW_ASSIGN_OR_RAISE(const std::optional<RepoInfo> info, client->FindRepo(*repo));
  if (!info) return nullptr;
  const std::string wanted = revision.empty() ? "main" : revision;
  ARROW_RETURN_NOT_OK(CheckRevision(wanted));
  const HubAddress address{.repo = *repo, .revision = wanted};
  return OpenPlace({.id = id,
                    .title = repo->full(),
                    .kind = "hub",
                    .is_private = info->is_private,
                    .gated = info->gated,
                    .modified = info->last_modified},
                   PrintHubAddress(address), {});
}

Result<SetVersions> DataCatalog::RunVersions(const std::string& recipe) {
  SetVersions found;
  ARROW_ASSIGN_OR_RAISE(const auto runs, ListRuns(recipe));
  for (const SetFacts& run : runs) {
    found.more = static_cast<int64_t>(found.versions.size()) == kVersionsMax;
    if (found.more) break;
    found.versions.push_back({run.id.substr(kRun.size()), run.modified, {}});
  }
  return found;
}

Result<SetVersions> DataCatalog::HubVersions(const RepoId& repo,
                                             const std::string& revision) const {
  ARROW_ASSIGN_OR_RAISE(const auto client, HubClient::Make(options_.hub->hub));
  ARROW_ASSIGN_OR_RAISE(const RepoRefs refs, client->ListRefs(repo));
  SetVersions found;
  for (const HubRef& ref : refs.branches) found.refs.push_back({ref.name, "branch", ref.commit});
  for (const HubRef& ref : refs.tags) found.refs.push_back({ref.name, "tag", ref.commit});
  ARROW_ASSIGN_OR_RAISE(const auto history, HubHistory::Make(options_.hub->hub));
  ARROW_ASSIGN_OR_RAISE(const auto commits,
                        history->ListCommits(repo, revision, kVersionsMax, &found.more));
  for (const HubCommit& commit : commits) {
    SetVersion version{commit.id, commit.message.substr(0, commit.message.find('\n')), {}};
    for (const SetRef& ref : found.refs) {
      if (ref.commit == commit.id) version.refs.push_back(ref.name);
    }
    found.versions.push_back(std::move(version));
  }
  return found;
}

Result<SetVersions> DataCatalog::Versions(const OpenSet& set) {
  if (set.facts().kind == "run") return RunVersions(set.facts().title);
  const std::optional<RepoId> repo = RepoOf(set.facts().id);
  return repo ? HubVersions(*repo, "main") : SetVersions();
}

Result<std::optional<SetVersions>> DataCatalog::FindVersions(const std::string& id,
                                                             const std::string& revision) {
  const std::optional<RepoId> repo = RepoOf(id);
  if (!repo) {
    ARROW_ASSIGN_OR_RAISE(const auto set, Open(id, ""));
    if (set == nullptr) return std::nullopt;
    return Versions(*set);
  }
  ARROW_ASSIGN_OR_RAISE(const auto client, HubClient::Make(options_.hub->hub));
  ARROW_ASSIGN_OR_RAISE(const std::optional<RepoInfo> info, client->FindRepo(*repo));
  if (!info) return std::nullopt;
  return HubVersions(*repo, revision.empty() ? "main" : revision);
}

}  // namespace hubmill::server

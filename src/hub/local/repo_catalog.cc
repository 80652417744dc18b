#include "hub/local/repo_catalog.h"

#include <algorithm>
#include <filesystem>

#include "hub/local/durable_file.h"
#include "hub/local/path_rules.h"
#include "hub/local/sha256.h"

namespace hubmill::local_hub {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t kMetaBytesMax = 64 << 20;
constexpr size_t kIdleHandlesMax = 16;
constexpr size_t kPacksMax = 24;

std::string KeyOf(const RepoId& id) {
  std::string key = std::string(NameOf(id.type)) + "/" + id.Full();
  for (char& c : key) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return key;
}

/// Of `folder`, a repository.  A Space's secrets stand in it as they are.
Status WriteMeta(const std::string& temp_folder, const std::string& folder, const json& meta,
                 bool durable) {
  const std::string text = meta.dump(1, ' ', false, json::error_handler_t::replace);
  return WriteWhole(temp_folder, folder + "/meta.json", text, durable, kForOwnerOnly);
}

Status FirstCommit(const GitStoreOptions& options, const std::string& author) {
  ARROW_RETURN_NOT_OK(GitStore::Create(options.path));
  ARROW_ASSIGN_OR_RAISE(const auto git, GitStore::Open(options));
  ARROW_ASSIGN_OR_RAISE(const std::string blob, git->WriteBlob(DefaultGitAttributes()));
  return git
      ->Commit({.ref = "refs/heads/main",
                .base = "",
                .changes = {{ChangeKind::kAdd, ".gitattributes", blob}},
                .message = "initial commit",
                .author = author})
      .status();
}

// Locks that a killed process left behind; nobody else may write below our root.
void RemoveStaleLocks(const std::string& git_folder) {
  std::error_code error;
  for (fs::recursive_directory_iterator at(git_folder, error), end; !error && at != end;
       at.increment(error)) {
    if (at->is_directory() && at->path().filename() == "objects") at.disable_recursion_pending();
    if (at->is_regular_file() && at->path().extension() == ".lock") {
      std::error_code ignored;
      fs::remove(at->path(), ignored);
    }
  }
}

}  // namespace

const char* NameOf(RepoType type) {
  constexpr const char* kNames[] = {"model", "dataset", "space"};
  return kNames[static_cast<int>(type)];
}

std::optional<RepoType> ParseRepoType(std::string_view name) {
  for (const RepoType type : {RepoType::kModel, RepoType::kDataset, RepoType::kSpace}) {
    const std::string singular = NameOf(type);
    if (name == singular || name == singular + "s") return type;
  }
  return std::nullopt;
}

std::string RepoId::WebPath() const {
  return (type == RepoType::kModel ? "/" : std::string("/") + NameOf(type) + "s/") + Full();
}

HubRepo::HubRepo(RepoId id, std::string folder, std::string temp_folder, bool durable)
    : id_(std::move(id)),
      folder_(std::move(folder)),
      temp_folder_(std::move(temp_folder)),
      durable_(durable) {}

RepoId HubRepo::id() const {
  const std::lock_guard guard(mutex_);
  return id_;
}
json HubRepo::meta() const {
  const std::lock_guard guard(mutex_);
  return meta_;
}
bool HubRepo::is_private() const {
  const std::lock_guard guard(mutex_);
  return meta_.value("private", false);
}
std::string HubRepo::GitFolder() const {
  const std::lock_guard guard(mutex_);
  return folder_ + "/git";
}

Status HubRepo::Update(const std::function<void(json*)>& change) {
  const std::lock_guard guard(mutex_);
  if (gone_) return RunFailed("the repository was deleted");
  json changed = meta_;
  change(&changed);
  ARROW_RETURN_NOT_OK(WriteMeta(temp_folder_, folder_, changed, durable_));
  meta_ = std::move(changed);
  return Status::OK();
}

HubRepo::Lease::~Lease() {
  if (!git_) return;
  git_->Discard();
  const std::lock_guard guard(repo_->mutex_);
  if (repo_->idle_.size() < kIdleHandlesMax) repo_->idle_.push_back(std::move(git_));
}

Result<HubRepo::Lease> HubRepo::Git() {
  std::shared_lock place(place_mutex_);
  std::unique_ptr<GitStore> git;
  std::string folder;
  {
    const std::lock_guard guard(mutex_);
    if (gone_) return RunFailed("the repository was deleted");
    folder = folder_ + "/git";
    if (!idle_.empty()) {
      git = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (!git) {
    ARROW_ASSIGN_OR_RAISE(git, GitStore::Open({folder, temp_folder_, durable_}));
  }
  return Lease(this, std::move(place), std::move(git));
}

Status HubRepo::MergePacks() {
  const std::unique_lock place(place_mutex_, std::try_to_lock);
  if (!place) return Status::OK();
  std::string folder;
  {
    const std::lock_guard guard(mutex_);
    if (gone_) return Status::OK();
    idle_.clear();  // They hold the old packs open.
    folder = folder_ + "/git/objects/pack";
  }
  return local_hub::MergePacks(folder, temp_folder_, durable_, kPacksMax);
}

Result<std::unique_ptr<RepoCatalog>> RepoCatalog::Open(const std::string& root, bool durable) {
  std::unique_ptr<RepoCatalog> catalog(new RepoCatalog(root, durable));
  ARROW_RETURN_NOT_OK(catalog->Load());
  return catalog;
}

std::string RepoCatalog::FolderOf(const RepoId& id) const {
  return root_ + "/repos/" + NameOf(id.type) + "s/" + id.owner + "/" + id.name;
}

Status RepoCatalog::Load() {
  for (const RepoType type : {RepoType::kModel, RepoType::kDataset, RepoType::kSpace}) {
    const std::string folder = root_ + "/repos/" + NameOf(type) + "s";
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return RunFailed("cannot make the Hub's folder: path=", folder);
    for (const auto& owner : fs::directory_iterator(folder, error)) {
      for (const auto& repo : fs::directory_iterator(owner.path(), error)) {
        ARROW_RETURN_NOT_OK(
            Adopt({type, owner.path().filename(), repo.path().filename()}, repo.path()));
      }
    }
  }
  return Status::OK();
}

Status RepoCatalog::Adopt(const RepoId& id, const std::string& folder) {
  if (!fs::exists(folder + "/meta.json")) return Status::OK();
  std::error_code ignored;  // Earlier versions let everybody read it; not ours, not to be mended.
  fs::permissions(folder + "/meta.json", fs::perms::owner_read | fs::perms::owner_write, ignored);
  ARROW_ASSIGN_OR_RAISE(const std::string text, ReadWhole(folder + "/meta.json", kMetaBytesMax));
  json meta = json::parse(text, nullptr, false);
  if (!meta.is_object()) {
    return RunFailed("a repository's meta.json is broken: path=", folder,
                     "/meta.json; remedy: repair or remove the folder");
  }
  RemoveStaleLocks(folder + "/git");
  auto repo = std::make_shared<HubRepo>(id, folder, root_ + "/tmp", durable_);
  repo->meta_ = std::move(meta);
  for (const auto& name : repo->meta_.value("formerNames", json::array())) {
    const std::string former = name.get<std::string>();
    const size_t slash = former.find('/');
    if (slash == std::string::npos) continue;
    moved_[KeyOf({id.type, former.substr(0, slash), former.substr(slash + 1)})] = id;
  }
  repos_[KeyOf(id)] = std::move(repo);
  return Status::OK();
}

std::shared_ptr<HubRepo> RepoCatalog::Find(const RepoId& id) const {
  const std::shared_lock lock(mutex_);
  auto found = repos_.find(KeyOf(id));
  if (found == repos_.end()) {
    const auto moved = moved_.find(KeyOf(id));
    if (moved != moved_.end()) found = repos_.find(KeyOf(moved->second));
  }
  return found == repos_.end() ? nullptr : found->second;
}

Result<std::shared_ptr<HubRepo>> RepoCatalog::Create(const RepoId& id, json meta) {
  {
    const std::shared_lock lock(mutex_);
    if (repos_.contains(KeyOf(id))) return std::shared_ptr<HubRepo>();
  }
  // Made outside the lock: the disk is slow, and all requests need the lock.
  const std::string making = root_ + "/tmp/" + RandomHex(12);
  std::error_code error;
  fs::create_directories(making, error);
  ARROW_RETURN_NOT_OK(FirstCommit({making + "/git", root_ + "/tmp", durable_}, id.owner));
  ARROW_RETURN_NOT_OK(WriteMeta(root_ + "/tmp", making, meta, durable_));
  const std::string folder = FolderOf(id);
  fs::create_directories(fs::path(folder).parent_path(), error);

  const std::unique_lock lock(mutex_);
  if (repos_.contains(KeyOf(id))) {
    fs::remove_all(making, error);
    return std::shared_ptr<HubRepo>();
  }
  fs::rename(making, folder, error);
  if (error) return RunFailed("cannot make a repository: reason=", error.message());
  auto repo = std::make_shared<HubRepo>(id, folder, root_ + "/tmp", durable_);
  repo->meta_ = std::move(meta);
  repos_[KeyOf(id)] = repo;
  moved_.erase(KeyOf(id));
  return repo;
}

// Both wait for the repository's leases before they lock the catalog, so that one slow upload
// holds up its own repository only.
Status RepoCatalog::Delete(const RepoId& id) {
  const std::shared_ptr<HubRepo> repo = Find(id);
  if (!repo) return Status::OK();
  const std::string away = root_ + "/tmp/" + RandomHex(12);
  std::error_code error;
  {
    const std::unique_lock place(repo->place_mutex_);
    const std::unique_lock lock(mutex_);
    const std::lock_guard guard(repo->mutex_);
    if (repo->gone_) return Status::OK();
    fs::rename(repo->folder_, away, error);
    if (error) return RunFailed("cannot delete a repository: reason=", error.message());
    repo->gone_ = true;
    repo->idle_.clear();
    repos_.erase(KeyOf(repo->id_));
  }
  fs::remove_all(away, error);
  return Status::OK();
}

Result<bool> RepoCatalog::Move(const RepoId& from, const RepoId& to) {
  const std::shared_ptr<HubRepo> repo = Find(from);
  if (!repo) return RunFailed("the repository was deleted");
  const std::unique_lock place(repo->place_mutex_);
  const std::unique_lock lock(mutex_);
  const std::lock_guard guard(repo->mutex_);
  if (repo->gone_) return RunFailed("the repository was deleted");
  if (repos_.contains(KeyOf(to))) return false;
  json meta = repo->meta_;
  meta["formerNames"].push_back(repo->id_.Full());
  const std::string folder = FolderOf(to);
  std::error_code error;
  fs::create_directories(fs::path(folder).parent_path(), error);
  fs::rename(repo->folder_, folder, error);
  if (error) return RunFailed("cannot move a repository: reason=", error.message());
  repos_.erase(KeyOf(repo->id_));
  moved_[KeyOf(repo->id_)] = to;
  repo->id_ = to;
  repo->folder_ = folder;
  repo->idle_.clear();
  repos_[KeyOf(to)] = repo;
  ARROW_RETURN_NOT_OK(WriteMeta(root_ + "/tmp", folder, meta, durable_));
  repo->meta_ = std::move(meta);
  return true;
}

std::vector<std::shared_ptr<HubRepo>> RepoCatalog::All(RepoType type) const {
  const std::shared_lock lock(mutex_);
  const std::string prefix = std::string(NameOf(type)) + "/";
  std::vector<std::shared_ptr<HubRepo>> all;
  for (auto at = repos_.lower_bound(prefix); at != repos_.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    all.push_back(at->second);
  }
  return all;
}

}  // namespace hubmill::local_hub

// The repositories of an embedded Hub: which exist, what is known about each besides its git
// history, and the locks.
//
// On disk a repository is the folder repos/{type}s/{namespace}/{name} with `git/` (bare) and
// `meta.json`.  It is made in tmp/ and renamed into place, and renamed away before it is deleted.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "core/failure.h"
#include "hub/local/git_store.h"

namespace hubmill::local_hub {

enum class RepoType { kModel, kDataset, kSpace };

/// "model", "dataset", "space"; and back, also from the plural.
const char* NameOf(RepoType type);
std::optional<RepoType> ParseRepoType(std::string_view name);

struct RepoId {
  RepoType type = RepoType::kModel;
  std::string owner;
  std::string name;
  std::string Full() const { return owner + "/" + name; }
  /// "/datasets/alice/d", "/alice/m"
  std::string WebPath() const;
};

class HubRepo {
 public:
  HubRepo(RepoId id, std::string folder, std::string temp_folder, bool durable);

  RepoId id() const;
  /// A copy of what is known: "private", "gated", "createdAt", …
  nlohmann::json meta() const;
  bool is_private() const;
  /// Changes what is known and stores it.  A change that fails to be stored is not made.
  Status Update(const std::function<void(nlohmann::json*)>& change);

  /// A handle on the git history.  While one is held the repository is neither moved nor deleted;
  /// a thread holds at most one.
  class Lease {
   public:
    Lease(HubRepo* repo, std::shared_lock<std::shared_mutex> lock, std::unique_ptr<GitStore> git)
        : repo_(repo), lock_(std::move(lock)), git_(std::move(git)) {}
    Lease(Lease&&) = default;
    ~Lease();
    const GitStore* operator->() const { return git_.get(); }
    const GitStore& operator*() const { return *git_; }

   private:
    HubRepo* repo_;
    std::shared_lock<std::shared_mutex> lock_;
    std::unique_ptr<GitStore> git_;
  };
  Result<Lease> Git();
  /// Merges packs where there are many and nobody holds a lease; else a later call does.
  Status MergePacks();
  std::string GitFolder() const;

  /// Held by whoever moves a ref.
  std::mutex write_mutex;

 private:
  friend class RepoCatalog;
  std::shared_mutex place_mutex_;  // Shared by leases; exclusive while the folder moves.
  mutable std::mutex mutex_;       // Guards what follows.
  RepoId id_;
  std::string folder_;
  std::string temp_folder_;
  bool durable_;
  bool gone_ = false;
  nlohmann::json meta_;
  std::vector<std::unique_ptr<GitStore>> idle_;
};

/// Thread-safe.
class RepoCatalog {
 public:
  static Result<std::unique_ptr<RepoCatalog>> Open(const std::string& root, bool durable);

  /// Case does not matter; also finds a repository by a name that it had before.
  std::shared_ptr<HubRepo> Find(const RepoId& id) const;
  /// Makes a repository with its first commit.  nullptr where one exists.
  Result<std::shared_ptr<HubRepo>> Create(const RepoId& id, nlohmann::json meta);
  Status Delete(const RepoId& id);
  /// False where the new name is taken.
  Result<bool> Move(const RepoId& from, const RepoId& to);
  /// Sorted by name.
  std::vector<std::shared_ptr<HubRepo>> All(RepoType type) const;

 private:
  RepoCatalog(std::string root, bool durable) : root_(std::move(root)), durable_(durable) {}
  Status Load();
  Status Adopt(const RepoId& id, const std::string& folder);
  std::string FolderOf(const RepoId& id) const;

  std::string root_;
  bool durable_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::shared_ptr<HubRepo>> repos_;  // By type and lower-case name.
  std::map<std::string, RepoId> moved_;
};

}  // namespace hubmill::local_hub

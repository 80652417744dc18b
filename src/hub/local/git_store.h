// A bare git repository, by libgit2: revisions, trees, blobs, and commits that are made whole
// before a reference moves.
//
// A GitStore is one handle on one repository and belongs to one thread at a time; HubRepo lends
// them out.  All paths are `/`-separated without a leading slash.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/local/git_pack.h"

struct git_repository;
struct git_odb;

namespace hubmill::local_hub {

/// What stands in the repository for a large file (the git-lfs pointer format, version 1).
struct LfsPointer {
  std::string sha256;
  int64_t size = 0;
};
std::string RenderPointer(const LfsPointer& pointer);
std::optional<LfsPointer> ParsePointer(std::string_view text);

struct TreeEntry {
  std::string path;
  std::string oid;  // Of the blob or tree: 40 hexadecimal digits.
  bool is_folder = false;
  int64_t size = 0;               // Of the file's content, also for large files.
  std::optional<LfsPointer> lfs;  // For large files.
};

struct Ref {
  std::string name;    // "main", "v1.0", or whole for refs/pr and refs/convert
  std::string ref;     // "refs/heads/main"
  std::string commit;  // What it points to, tags peeled.
};

struct CommitInfo {
  std::string id, title, message, author;
  int64_t time_s = 0;
};

enum class ChangeKind { kAdd, kDeleteFile, kDeleteFolder };
struct Change {
  ChangeKind kind;
  std::string path;
  std::string blob;  // kAdd: the blob's id.
};

struct CommitRequest {
  std::string ref;              // That moves, whole: "refs/heads/main".
  std::string base;             // Commit to start from; "" makes the first one.
  std::vector<Change> changes;  // Applied in order.
  std::string message;
  std::string author;
};

struct GitStoreOptions {
  std::string path;
  std::string temp_folder;  // On the same file system.
  bool durable = true;      // Wait for the disk before a ref moves.
};

class GitStore {
 public:
  static Status Create(const std::string& path);
  static Result<std::unique_ptr<GitStore>> Open(const GitStoreOptions& options);
  ~GitStore();
  GitStore(const GitStore&) = delete;
  GitStore& operator=(const GitStore&) = delete;

  /// The commit that a branch, tag, commit id (7 digits or more) or whole ref names.
  std::optional<std::string> Resolve(const std::string& revision) const;
  /// The whole name of the branch or ref that a commit to `revision` moves; nullopt where there is
  /// none.
  std::optional<std::string> BranchRef(const std::string& revision) const;

  /// What lies at `path`: the root for "".  nullopt where nothing does.
  std::optional<TreeEntry> EntryAt(const std::string& commit, const std::string& path) const;
  /// The entries below the folder `path`, in git's order, without sizes; nullopt where there is no
  /// such folder.
  std::optional<std::vector<TreeEntry>> List(const std::string& commit, const std::string& path,
                                             bool recursive) const;
  /// Adds size and LFS pointer to a file's entry.
  void Describe(TreeEntry* entry) const;

  Result<std::string> ReadBlob(const std::string& oid) const;
  /// The blob is seen by others once Commit put it onto the disk, together with all that was
  /// written by this handle since; a blob that the repository has already is not written.
  Result<std::string> WriteBlob(std::string_view content) const;
  /// Forgets what was written and not committed.
  void Discard() const { pack_->Discard(); }
  /// Makes the commit and moves the ref.  A file that is to be deleted but absent is DataRefused.
  /// Returns the base where nothing changed.  REQUIRES: the repository's write lock.
  Result<std::string> Commit(const CommitRequest& request) const;

  std::vector<Ref> Refs() const;
  /// REQUIRES (both): the repository's write lock.
  Status SetRef(const std::string& ref, const std::string& commit) const;
  Status DeleteRef(const std::string& ref) const;
  Status CreateTag(const std::string& name, const std::string& commit, const std::string& message,
                   const std::string& author) const;

  CommitInfo InfoOf(const std::string& commit) const;
  /// Newest first, along the first parents.
  std::vector<CommitInfo> History(const std::string& commit, size_t skip, size_t count) const;
  /// For each path the newest of the last `depth` commits that changed it.
  std::vector<CommitInfo> LastChanges(const std::string& commit,
                                      const std::vector<TreeEntry>& entries, size_t depth) const;

 private:
  GitStore(git_repository* repository, git_odb* odb, std::unique_ptr<PackWriter> pack)
      : pack_(std::move(pack)), repository_(repository), odb_(odb) {}
  std::unique_ptr<PackWriter> pack_;  // All that is written goes here, by way of odb_.
  git_repository* repository_;
  git_odb* odb_;
};

/// Whether a branch or tag may be so named (git-check-ref-format).
bool IsRefName(const std::string& ref);

}  // namespace hubmill::local_hub

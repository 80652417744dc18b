// What the Hub says about repositories and files.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "hub/repo_id.h"

namespace hubmill {

struct HubOrg {
  std::string name;
  std::string role;  // Of the user in it: "read", "write", ...; empty where the Hub does not say.
};

struct HubUser {
  std::string name;
  std::string type;  // "user" or "org"
  std::vector<HubOrg> orgs;
  std::string token_role;  // "read", "write", "fineGrained"; empty where the Hub does not say.
};

struct RepoInfo {
  RepoId id;
  std::string commit;  // 40 hex; of the revision asked for.
  bool is_private = false;
  std::string gated;  // Who may read must ask: "auto", "manual"; empty: nobody has to.
  bool disabled = false;
  std::string last_modified;
};

struct TreeEntry {
  std::string path;
  bool directory = false;
  std::string git_id;  // Blob or tree id; of a large file, its pointer's.
  std::string sha256;  // Large files only.
  int64_t size_bytes = 0;

  bool large() const { return !sha256.empty(); }
};

struct HubRef {
  std::string name;    // "v1.0"
  std::string ref;     // "refs/tags/v1.0"
  std::string commit;  // 40 hex
};

struct RepoRefs {
  std::vector<HubRef> branches;
  std::vector<HubRef> tags;
};

/// What a HEAD on a file tells.
struct FileFacts {
  std::string commit;  // 40 hex
  std::string digest;  // 64 hex: SHA-256; 40 hex: git blob id.
  int64_t size_bytes = 0;
};

/// A difference between a local folder and a repository.
struct FolderDifference {
  enum class Kind { kOnlyLocal = 0, kOnlyRemote = 1, kOther = 2 };
  Kind kind = Kind::kOther;
  std::string path;
};

struct SpaceRuntime {
  std::string stage;             // "RUNNING", "PAUSED", "BUILDING", ...
  std::string hardware_current;  // Empty where none runs.
  std::string hardware_requested;
};

/// What a Space's program finds in its environment.  Secrets are written and never read back.
enum class SpaceValueKind { kSecret = 0, kVariable = 1 };
struct SpaceValue {
  std::string key;
  std::string value;  // Empty where a secret was listed.
  std::string updated_at;
};

/// A file to be stored at `path`: from a local file, or, where `file` is empty, from `bytes`.
struct CommitAdd {
  std::string path;
  std::string file;
  std::string bytes;
};

/// The bytes of `from` (at `from_revision`, or at the branch's head) also at `path`.
struct CommitCopy {
  std::string path;
  std::string from;
  std::string from_revision;
};

/// One commit.  Where operations meet at one path, additions and copies win over deletions.
struct CommitRequest {
  RepoId repo;
  std::string branch = "main";
  std::string message;
  std::string description;
  /// The commit that was read to decide what to do.  Where it is no longer the head, nothing is
  /// committed (IsStaleParent()).  Empty: the operations are right on any head, so they are sent
  /// again when another writer was faster.
  std::string parent;
  std::vector<CommitAdd> adds;
  std::vector<CommitCopy> copies;
  std::vector<std::string> deletes;         // Files; what is not there is no error.
  std::vector<std::string> folder_deletes;  // All files below, but those added or copied.
  bool dry_run = false;                     // Find out what would change; change nothing.
};

/// Everything that is wrong with the request by itself, at once; files of secrets
/// (secrets_file.h) are.
Status CheckCommitRequest(const CommitRequest& request);

struct CommitResult {
  std::string commit;                // The new head; the head as it is where nothing changed.
  bool unchanged = false;            // No commit was made: all is as wanted already.
  std::vector<std::string> added;    // Paths that are new or other than before, in order.
  std::vector<std::string> deleted;  // Paths that were there, in order.
  std::vector<std::string> ignored;  // Left out by the repository's .gitignore.
  int64_t files_unchanged = 0;
  int64_t bytes_uploaded = 0;  // Of large files that the Hub did not have yet, and regular ones.
};

inline constexpr int64_t kTreeEntriesMax = 5'000'000;
inline constexpr size_t kCommitOperationsMax = 100'000;
inline constexpr int64_t kInlineFileBytesMax = 100 << 20;  // What the Hub takes within a commit.

}  // namespace hubmill

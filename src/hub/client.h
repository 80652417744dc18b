// The client of a Hub: repositories, files, commits, refs and Spaces of one endpoint, with one
// token.
//
// What it promises beyond the protocol: every commit names its parent; a commit whose answer was
// lost is found again instead of repeated; what is there already is not sent, and where all is
// there no commit is made; a download is only seen under its name when its checksum is right; every
// refusal says what to do (kService), and no message holds the token.
//
// Large files go by LFS (basic and multipart), which every Hub takes from any client.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/executor.h"
#include "hub/hub_types.h"
#include "net/http_client.h"

namespace hubmill {

class HubSession;

struct HubOptions {
  std::string endpoint;  // FindEndpoint()
  std::string token;     // FindToken(); empty: anonymous.
  int threads = 8;       // Transfers at a time.
  HttpOptions http;
};

inline constexpr int kHubThreadsMax = 64;

struct CreateOptions {
  bool is_private = true;
  bool exists_ok = true;
  std::string space_sdk = "docker";  // Spaces only.
};

struct DownloadOptions {
  std::vector<std::string> include;  // Shell patterns on whole paths; empty: all.
  std::vector<std::string> exclude;
  std::string folder;  // Only what lies below.
};

struct DownloadResult {
  std::string commit;  // What was read, whatever the revision's name meant a second later.
  int64_t files = 0;
  int64_t files_unchanged = 0;  // Of those, there already with the right checksum.
  int64_t bytes = 0;            // Transferred.
};

/// Thread-safe.  Calls take an optional Progress: bytes_total, bytes_done and cancel are used.
class HubClient {
 public:
  static Result<std::unique_ptr<HubClient>> Make(HubOptions options);
  ~HubClient();

  const std::string& endpoint() const;
  int threads() const;
  /// What retries wait by.
  PauseClock& clock() const;

  Result<HubUser> WhoAmI();
  /// `repo` with the token's own user as its owner where it has none.
  Result<RepoId> Complete(const RepoId& repo);

  /// True where it was made, false where it was there.
  Result<bool> CreateRepo(const RepoId& repo, const CreateOptions& options);
  Status DeleteRepo(const RepoId& repo);
  Status MoveRepo(const RepoId& from, const RepoId& to);
  Status SetPrivate(const RepoId& repo, bool is_private);
  /// Who reads must ask first: "auto" lets each in, "manual" waits for the owner; empty: nobody.
  Status SetGated(const RepoId& repo, const std::string& mode);

  Result<RepoInfo> Info(const RepoId& repo, const std::string& revision = "main");
  /// Nothing where the Hub shows no such repository.
  Result<std::optional<RepoInfo>> FindRepo(const RepoId& repo);

  /// All entries below `folder`, in the server's order.  A missing folder is a failure, or an empty
  /// list where `missing_ok`.
  Result<std::vector<TreeEntry>> ListTree(const RepoId& repo, const std::string& revision,
                                          const std::string& folder = "", bool recursive = true,
                                          bool missing_ok = false);
  /// Of the given paths, those that exist.
  Result<std::vector<TreeEntry>> FindPaths(const RepoId& repo, const std::string& revision,
                                           const std::vector<std::string>& paths);

  Result<RepoRefs> ListRefs(const RepoId& repo);
  /// A tag that exists and points to the same commit is no error; one that points elsewhere is:
  /// tags are never moved.
  Status CreateTag(const RepoId& repo, const std::string& tag, const std::string& revision,
                   const std::string& message = "");
  Status DeleteTag(const RepoId& repo, const std::string& tag);
  Status CreateBranch(const RepoId& repo, const std::string& branch, const std::string& revision);
  Status DeleteBranch(const RepoId& repo, const std::string& branch);

  /// One commit, or none where nothing would change.
  Result<CommitResult> Commit(const CommitRequest& request, Progress* progress = nullptr);

  Result<FileFacts> Facts(const RepoId& repo, const std::string& revision, const std::string& path);
  /// A small file into memory; nothing where the revision has none of that name.
  Result<std::optional<std::string>> ReadFile(const RepoId& repo, const std::string& revision,
                                              const std::string& path,
                                              int64_t bytes_max = kResponseBytesMax);
  /// `count` bytes from `first` of the file that `facts` describe.  An answer of another place,
  /// length, size or checksum than asked for is asked for again; the bytes themselves are checked
  /// where they are the whole file.
  /// REQUIRES: 0 <= first, 0 < count <= kResponseBytesMax, first + count <= facts.size_bytes.
  Result<std::string> ReadRange(const RepoId& repo, const FileFacts& facts, const std::string& path,
                                int64_t first, int64_t count, const Progress* progress = nullptr);
  /// To the file `local`, resumed where an earlier call broke off.
  Result<DownloadResult> DownloadFile(const RepoId& repo, const std::string& revision,
                                      const std::string& path, const std::string& local,
                                      Progress* progress = nullptr);
  /// Everything, or what `options` choose, under the same names below `folder`.
  Result<DownloadResult> DownloadRepo(const RepoId& repo, const std::string& revision,
                                      const std::string& folder, const DownloadOptions& options,
                                      Progress* progress = nullptr);
  /// By size and checksum, nothing is downloaded; ordered by path.  `prefix` is where the folder's
  /// files lie in the repository.  Left out: local files of secrets, and manifest and lineage of a
  /// run, which publishing puts elsewhere than they lie (.hubmill/).
  Result<std::vector<FolderDifference>> CompareFolder(const RepoId& repo,
                                                      const std::string& revision,
                                                      const std::string& folder,
                                                      const std::string& prefix = "");

  Result<SpaceRuntime> Space(const RepoId& repo);
  Result<SpaceRuntime> PauseSpace(const RepoId& repo);
  Result<SpaceRuntime> RestartSpace(const RepoId& repo, bool factory = false);
  /// Ordered by key.
  Result<std::vector<SpaceValue>> ListSpaceValues(const RepoId& repo, SpaceValueKind kind);
  /// Adds or replaces.  No message repeats a secret, whatever the Hub says.
  Status SetSpaceValue(const RepoId& repo, SpaceValueKind kind, const SpaceValue& value);
  Status DeleteSpaceValue(const RepoId& repo, SpaceValueKind kind, const std::string& key);

 private:
  explicit HubClient(std::unique_ptr<HubSession> session);
  std::unique_ptr<HubSession> session_;
};

/// The regular files below `folder` as relative paths, sorted; `.git` and `.cache/huggingface`
/// folders are left out.  Where `folder` is a file: its name alone.  A link to nothing is a
/// failure; what else is no file (a pipe, a device, a folder behind a link) goes to `skipped`, if
/// not null.
Result<std::vector<std::string>> ListLocalFiles(const std::string& folder,
                                                std::vector<std::string>* skipped = nullptr);

}  // namespace hubmill

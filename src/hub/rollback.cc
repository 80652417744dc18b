#include "hub/rollback.h"

#include <map>

#include "hub/hub_error.h"

namespace hubmill {
namespace {

constexpr int kRoundsMax = 20;
constexpr RetryOptions kRoundDelays{.delay_ms_first = 100, .delay_ms_max = 10'000};

Result<std::map<std::string, TreeEntry>> FilesOf(HubClient& hub, const RepoId& repo,
                                                 const std::string& commit) {
  ARROW_ASSIGN_OR_RAISE(const auto entries, hub.ListTree(repo, commit));
  std::map<std::string, TreeEntry> files;
  for (const TreeEntry& entry : entries) {
    if (!entry.directory) files.emplace(entry.path, entry);
  }
  return files;
}

using Files = std::map<std::string, TreeEntry>;

/// What leads from `now` to `wanted`.
CommitRequest Difference(const RollbackRequest& rollback, const std::string& wanted_commit,
                         const Files& wanted, const std::string& head, const Files& now) {
  CommitRequest request{.repo = rollback.repo,
                        .branch = rollback.branch,
                        .message = rollback.message,
                        .parent = head,
                        .dry_run = rollback.dry_run};
  if (request.message.empty()) request.message = "Roll back to " + rollback.revision;
  for (const auto& [path, entry] : wanted) {
    const auto found = now.find(path);
    if (found == now.end() || found->second.git_id != entry.git_id) {
      request.copies.push_back({path, path, wanted_commit});
    }
  }
  for (const auto& [path, entry] : now) {
    if (!wanted.contains(path)) request.deletes.push_back(path);
  }
  return request;
}

/// Reads back that `commit` holds the same files.
Status Verify(HubClient& hub, const RepoId& repo, const std::string& commit, const Files& wanted) {
  ARROW_ASSIGN_OR_RAISE(const Files now, FilesOf(hub, repo, commit));
  bool same = now.size() == wanted.size();
  for (const auto& [path, entry] : wanted) {
    const auto found = now.find(path);
    same = same && found != now.end() && found->second.git_id == entry.git_id;
  }
  if (same) return Status::OK();
  return Failure(FailureKind::kService,
                 Concat("the new commit does not hold the old version: repo=", repo.full(),
                        " commit=", commit, "; remedy: roll back again"));
}

/// The commit of a tag, where there is one, else of what `revision` names.
Result<std::string> CommitOf(HubClient& hub, const RepoId& repo, const std::string& revision) {
  std::string wanted = revision;
  if (!IsCommitId(revision)) {
    ARROW_ASSIGN_OR_RAISE(const RepoRefs refs, hub.ListRefs(repo));
    for (const HubRef& tag : refs.tags) {
      if (tag.name == revision) wanted = "refs/tags/" + revision;
    }
  }
  ARROW_ASSIGN_OR_RAISE(const RepoInfo info, hub.Info(repo, wanted));
  return info.commit;
}

}  // namespace

Result<CommitResult> Rollback(HubClient& hub, const RollbackRequest& rollback, Progress* progress) {
  ARROW_ASSIGN_OR_RAISE(const std::string old, CommitOf(hub, rollback.repo, rollback.revision));
  ARROW_ASSIGN_OR_RAISE(const Files wanted, FilesOf(hub, rollback.repo, old));
  for (int round = 1;; ++round) {
    ARROW_ASSIGN_OR_RAISE(const RepoInfo head, hub.Info(rollback.repo, rollback.branch));
    ARROW_ASSIGN_OR_RAISE(const Files now, FilesOf(hub, rollback.repo, head.commit));
    const CommitRequest request = Difference(rollback, old, wanted, head.commit, now);
    if (request.copies.empty() && request.deletes.empty()) {
      return CommitResult{.commit = head.commit, .unchanged = true};
    }
    auto result = hub.Commit(request, progress);
    if (result.ok() && !rollback.dry_run) {
      ARROW_RETURN_NOT_OK(Verify(hub, rollback.repo, result->commit, wanted));
    }
    if (result.ok() || !IsStaleParent(result.status()) || round == kRoundsMax) return result;
    const auto cancelled = [&] { return progress != nullptr && progress->cancel.load(); };
    if (!hub.clock().Pause(RetryDelayMs(kRoundDelays, std::min(round, 8), 0), cancelled)) {
      return RunFailed("interrupted");
    }
  }
}

}  // namespace hubmill

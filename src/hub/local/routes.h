// The routes of the embedded Hub, one function each: the list of spec hub.md, section 7.  Each
// answers for one kind of request; router.cc chooses.  What follows a verb in the path arrives as
// the rest of the segments, decoded.
#pragma once

#include <span>
#include <string>

#include "hub/local/call.h"

namespace hubmill::local_hub {

using Rest = std::span<const std::string>;

// Identity and repositories (routes_repos.cc).
Result<Response> WhoAmI(const Call& call);
Result<Response> ValidateYaml(const Call& call);
Result<Response> CreateRepo(const Call& call);
Result<Response> DeleteRepo(const Call& call);
Result<Response> MoveRepo(const Call& call);
Result<Response> ListRepos(const Call& call, RepoType type);
Result<Response> ChangeSettings(const Call& call, const RepoId& id);

// What a repository holds (routes_tree.cc, repo_info.cc).
Result<Response> RepoInfo(const Call& call, const RepoId& id, const std::string& revision);
Result<Response> ShowTree(const Call& call, const RepoId& id, Rest rest);
Result<Response> PathsInfo(const Call& call, const RepoId& id, Rest rest);

// Refs and history (routes_refs.cc).
Result<Response> ListRefs(const Call& call, const RepoId& id);
Result<Response> ListCommits(const Call& call, const RepoId& id, Rest rest);
Result<Response> ChangeTag(const Call& call, const RepoId& id, Rest rest);
Result<Response> ChangeBranch(const Call& call, const RepoId& id, Rest rest);
Result<Response> SuperSquash(const Call& call, const RepoId& id, Rest rest);

// Pull requests (discussions.cc).
Result<Response> Discussions(const Call& call, const RepoId& id, Rest rest);
/// Numbers a new pull request and stores it; its ref is refs/pr/N.
Result<int64_t> NewPullRequest(HubRepo* repo, const std::string& title,
                               const std::string& description, const std::string& author);

// Upload (routes_commit.cc, preupload.cc, lfs.cc).
Result<Response> Preupload(const Call& call, const RepoId& id, Rest rest);
Result<Response> CommitFiles(const Call& call, const RepoId& id, Rest rest);
Result<Response> LfsBatch(const Call& call, const RepoId& id);
Result<Response> LfsVerify(const Call& call, const RepoId& id);
/// The signed addresses under /lfs/ that a batch answer names.
Result<Response> LfsTransfer(const Call& call, Rest rest);

// Xet (xet_cas.cc).
Result<Response> XetToken(const Call& call, const RepoId& id, bool write);
Result<Response> XetCas(const Call& call, Rest rest);

// Files and git (routes_files.cc, git_http.cc, browse.cc).
Result<Response> ResolveFile(const Call& call, const RepoId& id, Rest rest, bool raw);
Result<Response> GitInfoRefs(const Call& call, const RepoId& id);
Result<Response> GitUploadPack(const Call& call, const RepoId& id);
Result<Response> BrowseRepo(const Call& call, const RepoId& id);
Result<Response> BrowseAll(const Call& call);

// Spaces (routes_space.cc).  nullopt where the verb is none of a Space's.
std::optional<Result<Response>> SpaceVerb(const Call& call, const RepoId& id,
                                          const std::string& verb);

/// Finds the route.  Never fails: what went wrong is the answer.
Response Route(HubState& hub, const Request& request);

/// A revision's commit, or the 404 to answer.
struct FoundRevision {
  std::string commit;
  std::optional<Response> problem;
};
FoundRevision FindRevision(const GitStore& git, const std::string& revision);
Response EntryNotFound(const std::string& commit, const std::string& path);
nlohmann::json EntryJson(const TreeEntry& entry);
/// "a", "b/c" -> "a/b/c"
std::string JoinPath(Rest rest);

}  // namespace hubmill::local_hub

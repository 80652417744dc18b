#include "run/published_commit.h"

#include <map>

#include "net/redact.h"

namespace hubmill {

Status CheckCommit(HubClient& hub, const CommitRequest& request, const PublishPlan& plan,
                   const std::string& commit) {
  std::vector<std::string> paths = request.deletes;
  for (const CommitAdd& add : request.adds) paths.push_back(add.path);
  ARROW_ASSIGN_OR_RAISE(const auto entries, hub.FindPaths(request.repo, commit, paths));
  std::map<std::string, TreeEntry> there;
  for (const TreeEntry& entry : entries) there.emplace(entry.path, entry);
  std::string wrong;
  for (const std::string& path : request.deletes) {
    if (there.contains(path)) wrong = path;
  }
  for (const PublishFile& file : plan.writes) {
    const auto found = there.find(file.path);
    bool same = found != there.end();
    if (same) {
      ARROW_ASSIGN_OR_RAISE(same, HasBytesOf(found->second, file));
    }
    if (!same) wrong = file.path;
  }
  ARROW_ASSIGN_OR_RAISE(const auto readme,
                        hub.ReadFile(request.repo, commit, "README.md", int64_t{kCardBytesMax}));
  if (readme != plan.readme) wrong = "README.md";
  if (wrong.empty()) return Status::OK();
  return Failure(FailureKind::kService,
                 Concat("the commit does not hold what was published: repo=", request.repo.full(),
                        " commit=", commit, " path=", OneLine(wrong, 120),
                        "; remedy: publish again, or `hubmill hub rollback`"));
}

Status RestartSpace(HubClient& hub, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const RepoId space, ParseRepoId(name, RepoType::kSpace));
  return hub.RestartSpace(space).status();
}

void RestartSpaces(HubClient& hub, const std::vector<std::string>& spaces, PublishReport* report) {
  for (const std::string& name : spaces) {
    if (name.empty()) continue;
    const Status status = RestartSpace(hub, name);
    if (status.ok()) {
      report->restarted.push_back(name);
      continue;
    }
    report->notes.push_back(
        Concat("a Space was not restarted: space=", OneLine(name, 120), " why=", status.message()));
  }
}

}  // namespace hubmill

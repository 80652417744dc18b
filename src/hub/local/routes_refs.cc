#include <algorithm>
#include <nlohmann/json.hpp>

#include "hub/local/routes.h"

namespace hubmill::local_hub {
namespace {

using nlohmann::json;

constexpr size_t kCommitsPage = 1'000;

std::string TextOf(const json& value, const char* name) {
  const auto found = value.find(name);
  return found != value.end() && found->is_string() ? found->get<std::string>() : "";
}

/// Why there cannot be another branch or tag of that name; empty where there can.  A branch and a
/// tag of one name hide each other, as a branch would that reads as a commit; and of `a` and `a/b`
/// in one namespace git can keep only one.
std::string WhyNoNewRef(const GitStore& git, const std::string& space, const std::string& name) {
  const std::string remedy = "; remedy: another name";
  if (name.size() == 40 && name.find_first_not_of("0123456789abcdefABCDEF") == name.npos) {
    return "A name of 40 hexadecimal digits reads as a commit: " + name + remedy;
  }
  for (const Ref& ref : git.Refs()) {
    const bool same_space = ref.ref.starts_with(space);
    const bool named = ref.ref.starts_with("refs/heads/") || ref.ref.starts_with("refs/tags/");
    if (!same_space && named && ref.name == name) {
      return "A branch and a tag of one name hide each other: " + ref.ref + remedy;
    }
    if (same_space && (ref.name.starts_with(name + "/") || name.starts_with(ref.name + "/"))) {
      return "One name is a folder of the other: " + ref.ref + " and " + space + name + remedy;
    }
  }
  return "";
}

}  // namespace

Result<Response> ListRefs(const Call& call, const RepoId& id) {
  RepoAccess access = FindRepo(call, id, Need::kRead);
  if (access.problem) return std::move(*access.problem);
  ARROW_ASSIGN_OR_RAISE(const HubRepo::Lease git, access.repo->Git());
  json answer = {{"branches", json::array()}, {"converts", json::array()}, {"tags", json::array()}};
  if (call.request.Flag("include_prs")) answer["pullRequests"] = json::array();
  for (const Ref& ref : git->Refs()) {
    const json item = {{"name", ref.name}, {"ref", ref.ref}, {"targetCommit", ref.commit}};
    if (ref.ref.starts_with("refs/heads/")) answer["branches"].push_back(item);
    if (ref.ref.starts_with("refs/tags/")) answer["tags"].push_back(item);
    if (ref.ref.starts_with("refs/convert/")) answer["converts"].push_back(item);
    if (ref.ref.starts_with("refs/pr/") && answer.contains("pullRequests")) {
      answer["pullRequests"].push_back(item);
    }
  }
  return Json(200, answer);
}

Result<Response> ListCommits(const Call& call, const RepoId& id, Rest rest) {
  RepoAccess access = FindRepo(call, id, Need::kRead);
  if (access.problem) return std::move(*access.problem);
  ARROW_ASSIGN_OR_RAISE(const HubRepo::Lease git, access.repo->Git());
  FoundRevision found = FindRevision(*git, rest[0]);
  if (found.problem) return std::move(*found.problem);
  const std::string page_text(call.request.Query("p"));
  const size_t page = static_cast<size_t>(std::clamp(std::atoi(page_text.c_str()), 0, 1'000'000));
  std::vector<CommitInfo> history =
      git->History(found.commit, page * kCommitsPage, kCommitsPage + 1);
  const bool more = history.size() > kCommitsPage;
  if (more) history.pop_back();
  json list = json::array();
  for (const CommitInfo& commit : history) {
    list.push_back({{"id", commit.id},
                    {"title", commit.title},
                    {"message", commit.message},
                    {"authors", {{{"user", commit.author}}}},
                    {"date", FormatTime(commit.time_s)}});
  }
  Response response = Json(200, list);
  if (more) {
    response.Set("Link", "<" + call.origin + "/api/" + NameOf(id.type) + "s/" + id.Full() +
                             "/commits/" + found.commit + "?p=" + std::to_string(page + 1) +
                             ">; rel=\"next\"");
  }
  return response;
}

Result<Response> ChangeTag(const Call& call, const RepoId& id, Rest rest) {
  const bool remove = call.request.method == "DELETE";
  ARROW_ASSIGN_OR_RAISE(const json body, JsonBody(call.request));
  RepoAccess access = FindRepo(call, id, Need::kWrite);
  if (access.problem) return std::move(*access.problem);
  ARROW_ASSIGN_OR_RAISE(const HubRepo::Lease git, access.repo->Git());
  const std::lock_guard guard(access.repo->write_mutex);
  const std::string name = remove ? rest[0] : TextOf(body, "tag");
  const std::string ref = "refs/tags/" + name;
  if (!IsRefName(ref)) return Problem(400, "", "not a tag name");
  const bool exists = git->Resolve(ref).has_value();
  if (remove) {
    if (!exists) return Problem(404, "RevisionNotFound", "There is no such tag: " + name);
    ARROW_RETURN_NOT_OK(git->DeleteRef(ref));
    return Json(200, json::object());
  }
  if (exists) return Problem(409, "", "Tag reference exists already: " + name);
  if (const std::string why = WhyNoNewRef(*git, "refs/tags/", name); !why.empty()) {
    return Problem(409, "", why);
  }
  FoundRevision found = FindRevision(*git, rest[0]);
  if (found.problem) return std::move(*found.problem);
  ARROW_RETURN_NOT_OK(
      git->CreateTag(name, found.commit, TextOf(body, "message"), call.caller.account->name));
  return Json(200, json::object());
}

Result<Response> ChangeBranch(const Call& call, const RepoId& id, Rest rest) {
  const bool remove = call.request.method == "DELETE";
  ARROW_ASSIGN_OR_RAISE(const json body, JsonBody(call.request));
  RepoAccess access = FindRepo(call, id, Need::kWrite);
  if (access.problem) return std::move(*access.problem);
  ARROW_ASSIGN_OR_RAISE(const HubRepo::Lease git, access.repo->Git());
  const std::lock_guard guard(access.repo->write_mutex);
  const std::string name = JoinPath(rest);
  const std::string ref = "refs/heads/" + name;
  if (!IsRefName(ref) || name.starts_with("refs/")) return Problem(400, "", "not a branch name");
  const bool exists = git->Resolve(ref).has_value();
  if (remove) {
    if (name == "main") return Problem(403, "", "The branch main cannot be deleted");
    if (!exists) return Problem(404, "RevisionNotFound", "There is no such branch: " + name);
    ARROW_RETURN_NOT_OK(git->DeleteRef(ref));
    return Json(200, json::object());
  }
  const bool overwrite = body.contains("overwrite") && body["overwrite"] == json(true);
  if (exists && !overwrite) return Problem(409, "", "Reference already exists: " + name);
  if (const std::string why = WhyNoNewRef(*git, "refs/heads/", name); !exists && !why.empty()) {
    return Problem(409, "", why);
  }
  const std::string start = TextOf(body, "startingPoint");
  FoundRevision found = FindRevision(*git, start.empty() ? "main" : start);
  if (found.problem) return std::move(*found.problem);
  ARROW_RETURN_NOT_OK(git->SetRef(ref, found.commit));
  return Json(200, json::object());
}

Result<Response> SuperSquash(const Call& call, const RepoId& id, Rest rest) {
  ARROW_ASSIGN_OR_RAISE(const json body, JsonBody(call.request));
  RepoAccess access = FindRepo(call, id, Need::kWrite);
  if (access.problem) return std::move(*access.problem);
  ARROW_ASSIGN_OR_RAISE(const HubRepo::Lease git, access.repo->Git());
  const std::lock_guard guard(access.repo->write_mutex);
  const std::optional<std::string> ref = git->BranchRef(JoinPath(rest));
  if (!ref) return Problem(404, "RevisionNotFound", "There is no such branch");
  CommitRequest request = {
      .ref = *ref, .base = "", .changes = {}, .message = "Squash", .author = ""};
  const std::string message = TextOf(body, "message");
  if (!message.empty()) request.message = message;
  request.author = call.caller.account->name;
  const std::optional<std::string> head = git->Resolve(*ref);
  if (!head) return Problem(404, "RevisionNotFound", "There is no such branch");
  const auto entries = git->List(*head, "", true);
  for (const TreeEntry& entry : *entries) {
    if (!entry.is_folder) request.changes.push_back({ChangeKind::kAdd, entry.path, entry.oid});
  }
  ARROW_RETURN_NOT_OK(git->Commit(request).status());
  return Json(200, json::object());
}

}  // namespace hubmill::local_hub

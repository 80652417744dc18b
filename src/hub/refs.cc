// Branches, tags and Spaces.
#include "hub/client.h"
#include "hub/ref_name.h"
#include "hub/session.h"
#include "net/url.h"

namespace hubmill {
namespace {

std::vector<HubRef> ParseRefs(const Json& refs, const char* kind) {
  std::vector<HubRef> parsed;
  if (!refs.is_object() || !refs.contains(kind) || !refs[kind].is_array()) return parsed;
  for (const Json& ref : refs[kind]) {
    parsed.push_back({TextOf(ref, "name"), TextOf(ref, "ref"), TextOf(ref, "targetCommit")});
  }
  return parsed;
}

Status CheckSpace(const RepoId& repo) {
  if (repo.type == RepoType::kSpace) return Status::OK();
  return WrongUsage("this is for Spaces: repo=", repo.full(), " type=", NameOf(repo.type),
                    "; remedy: write spaces/", repo.full());
}

std::string ValuesPath(const RepoId& repo, SpaceValueKind kind) {
  return repo.ApiPath() + (kind == SpaceValueKind::kSecret ? "/secrets" : "/variables");
}

Result<SpaceRuntime> AskRuntime(HubSession& session, const RepoId& repo, HttpRequest request,
                                const std::string& what) {
  ARROW_RETURN_NOT_OK(CheckSpace(repo));
  ARROW_ASSIGN_OR_RAISE(const Json value,
                        session.AskJson(std::move(request), {.what = what, .repo = repo.full()}));
  SpaceRuntime runtime{.stage = TextOf(value, "stage")};
  if (value.is_object() && value.contains("hardware")) {
    runtime.hardware_current = TextOf(value["hardware"], "current");
    runtime.hardware_requested = TextOf(value["hardware"], "requested");
  }
  return runtime;
}

}  // namespace

Result<RepoRefs> HubClient::ListRefs(const RepoId& repo) {
  ARROW_ASSIGN_OR_RAISE(const Json value,
                        session_->AskJson(session_->Request("GET", repo.ApiPath() + "/refs"),
                                          {.what = "list tags and branches", .repo = repo.full()}));
  return RepoRefs{.branches = ParseRefs(value, "branches"), .tags = ParseRefs(value, "tags")};
}

Status HubClient::CreateTag(const RepoId& repo, const std::string& tag, const std::string& revision,
                            const std::string& message) {
  ARROW_RETURN_NOT_OK(CheckTagName(tag));
  ARROW_ASSIGN_OR_RAISE(const RepoInfo wanted, Info(repo, revision));
  Json body = {{"tag", tag}};
  if (!message.empty()) body["message"] = message;
  const HubQuestion question{.what = "set a tag", .repo = repo.full(), .revision = tag};
  ARROW_ASSIGN_OR_RAISE(
      const HttpResponse response,
      session_->Send(
          session_->JsonRequest("POST", repo.ApiPath() + "/tag/" + EncodeUrl(wanted.commit), body),
          question));
  if (response.ok()) return Status::OK();
  if (response.status != 409) return session_->Refuse(response, question);
  const Result<RepoInfo> there = Info(repo, "refs/tags/" + tag);
  if (!there.ok()) return session_->Refuse(response, question);  // Another ref is in its way.
  if (there->commit == wanted.commit) return Status::OK();
  return Failure(FailureKind::kService,
                 Concat("a tag of this name points elsewhere: repo=", repo.full(), " tag=", tag,
                        " commit=", there->commit, " wanted=", wanted.commit,
                        "; remedy: tags are never moved; choose another name"));
}

Status HubClient::DeleteTag(const RepoId& repo, const std::string& tag) {
  ARROW_RETURN_NOT_OK(CheckRevision(tag));
  return session_->AskDone(session_->Request("DELETE", repo.ApiPath() + "/tag/" + EncodeUrl(tag)),
                           {.what = "delete a tag", .repo = repo.full(), .revision = tag});
}

Status HubClient::CreateBranch(const RepoId& repo, const std::string& branch,
                               const std::string& revision) {
  ARROW_RETURN_NOT_OK(CheckBranchName(branch));
  Json body = Json::object();
  if (!revision.empty()) body["startingPoint"] = revision;
  return session_->AskDone(
      session_->JsonRequest("POST", repo.ApiPath() + "/branch/" + EncodeUrl(branch), body),
      {.what = "make a branch", .repo = repo.full(), .revision = branch});
}

Status HubClient::DeleteBranch(const RepoId& repo, const std::string& branch) {
  ARROW_RETURN_NOT_OK(CheckRevision(branch));
  return session_->AskDone(
      session_->Request("DELETE", repo.ApiPath() + "/branch/" + EncodeUrl(branch)),
      {.what = "delete a branch", .repo = repo.full(), .revision = branch});
}

Result<SpaceRuntime> HubClient::Space(const RepoId& repo) {
  return AskRuntime(*session_, repo, session_->Request("GET", repo.ApiPath() + "/runtime"),
                    "look at a Space");
}

Result<SpaceRuntime> HubClient::PauseSpace(const RepoId& repo) {
  return AskRuntime(*session_, repo, session_->Request("POST", repo.ApiPath() + "/pause"),
                    "pause a Space");
}

Result<SpaceRuntime> HubClient::RestartSpace(const RepoId& repo, bool factory) {
  const std::string path = repo.ApiPath() + (factory ? "/restart?factory=true" : "/restart");
  return AskRuntime(*session_, repo, session_->Request("POST", path), "restart a Space");
}

Result<std::vector<SpaceValue>> HubClient::ListSpaceValues(const RepoId& repo,
                                                           SpaceValueKind kind) {
  ARROW_RETURN_NOT_OK(CheckSpace(repo));
  ARROW_ASSIGN_OR_RAISE(const Json answer,
                        session_->AskJson(session_->Request("GET", ValuesPath(repo, kind)),
                                          {.what = "list a Space's values", .repo = repo.full()}));
  std::vector<SpaceValue> values;
  if (!answer.is_object()) return values;
  for (const auto& [key, value] : answer.items()) {
    values.push_back({key, TextOf(value, "value"), TextOf(value, "updatedAt")});
  }
  return values;
}

Status HubClient::SetSpaceValue(const RepoId& repo, SpaceValueKind kind, const SpaceValue& value) {
  ARROW_RETURN_NOT_OK(CheckSpace(repo));
  const Json body = {{"key", value.key}, {"value", value.value}};
  const HubQuestion question{.what = "set " + value.key, .repo = repo.full()};
  ARROW_ASSIGN_OR_RAISE(
      HttpResponse response,
      session_->Ask(session_->JsonRequest("POST", ValuesPath(repo, kind), body), question));
  if (response.ok()) return Status::OK();
  if (kind == SpaceValueKind::kSecret) {  // The Hub's own words may repeat what was sent.
    response.body.clear();
    response.headers.erase("x-error-message");
  }
  return session_->Refuse(response, question);
}

Status HubClient::DeleteSpaceValue(const RepoId& repo, SpaceValueKind kind,
                                   const std::string& key) {
  ARROW_RETURN_NOT_OK(CheckSpace(repo));
  return session_->AskDone(session_->JsonRequest("DELETE", ValuesPath(repo, kind), {{"key", key}}),
                           {.what = "delete " + key, .repo = repo.full()});
}

}  // namespace hubmill

// Repositories: who am I, create, delete, move, visibility, info, trees.
#include "hub/client.h"

#include "hub/session.h"
#include "net/url.h"

namespace hubmill {
namespace {

constexpr size_t kPathsInfoMax = 500;  // What the Hub takes at once.
constexpr int kPagesMax = 100'000;

RepoInfo ParseInfo(const RepoId& repo, const Json& value) {
  RepoInfo info{.id = repo};
  const std::string id = TextOf(value, "id");  // The canonical spelling.
  const size_t slash = id.find('/');
  if (slash != std::string::npos) {
    info.id.space = id.substr(0, slash);
    info.id.name = id.substr(slash + 1);
  }
  info.commit = TextOf(value, "sha");
  info.is_private = BoolOf(value, "private");
  info.gated = BoolOf(value, "gated") ? "auto" : TextOf(value, "gated");
  info.disabled = BoolOf(value, "disabled");
  info.last_modified = TextOf(value, "lastModified");
  return info;
}

}  // namespace

HubClient::HubClient(std::unique_ptr<HubSession> session) : session_(std::move(session)) {}
HubClient::~HubClient() = default;

Result<std::unique_ptr<HubClient>> HubClient::Make(HubOptions options) {
  ARROW_ASSIGN_OR_RAISE(auto session, HubSession::Make(std::move(options)));
  return std::unique_ptr<HubClient>(new HubClient(std::move(session)));
}

const std::string& HubClient::endpoint() const { return session_->options().endpoint; }
int HubClient::threads() const { return session_->options().threads; }
PauseClock& HubClient::clock() const { return *session_->http().options().clock; }

Result<HubUser> HubClient::WhoAmI() {
  if (session_->options().token.empty()) {
    return Failure(
        FailureKind::kService,
        "there is no Hub token; remedy: put one into HF_TOKEN, or log in with the official "
        "client");
  }
  ARROW_ASSIGN_OR_RAISE(const Json value,
                        session_->AskJson(session_->Request("GET", "/api/whoami-v2"),
                                          {.what = "ask whose token this is"}));
  HubUser user{.name = TextOf(value, "name"), .type = TextOf(value, "type")};
  if (value.is_object() && value.contains("orgs") && value["orgs"].is_array()) {
    for (const Json& org : value["orgs"]) {
      user.orgs.push_back({TextOf(org, "name"), TextOf(org, "roleInOrg")});
    }
  }
  if (value.is_object() && value.contains("auth") && value["auth"].is_object() &&
      value["auth"].contains("accessToken")) {
    user.token_role = TextOf(value["auth"]["accessToken"], "role");
  }
  if (user.name.empty()) {
    return Failure(FailureKind::kService, "the Hub does not say whose token this is");
  }
  return user;
}

Result<RepoId> HubClient::Complete(const RepoId& repo) {
  if (!repo.space.empty()) return repo;
  ARROW_ASSIGN_OR_RAISE(const HubUser user, WhoAmI());
  RepoId complete = repo;
  complete.space = user.name;
  return complete;
}

Result<bool> HubClient::CreateRepo(const RepoId& repo, const CreateOptions& options) {
  Json body = {{"name", repo.name},
               {"type", NameOf(repo.type)},
               {"visibility", options.is_private ? "private" : "public"},
               {"private", options.is_private}};
  if (!repo.space.empty()) body["organization"] = repo.space;
  if (repo.type == RepoType::kSpace) body["sdk"] = options.space_sdk;
  const HubQuestion question{.what = "create a repository", .repo = repo.full()};
  ARROW_ASSIGN_OR_RAISE(
      const HttpResponse response,
      session_->Ask(session_->JsonRequest("POST", "/api/repos/create", body), question));
  if (response.ok()) return true;
  if (response.status == 409 && response.resent) return true;  // The first answer was lost.
  if (response.status == 409 && options.exists_ok) return false;
  const bool refused = response.status == 401 || response.status == 402 || response.status == 403;
  if (refused && options.exists_ok && !repo.space.empty()) {
    // Not allowed to create, but it may be there and be writable.
    ARROW_ASSIGN_OR_RAISE(const auto found, FindRepo(repo));
    if (found) return false;
  }
  return session_->Refuse(response, question);
}

Status HubClient::DeleteRepo(const RepoId& repo) {
  const Json body = {
      {"name", repo.name}, {"organization", repo.space}, {"type", NameOf(repo.type)}};
  const HubQuestion question{.what = "delete a repository", .repo = repo.full()};
  ARROW_ASSIGN_OR_RAISE(
      const HttpResponse response,
      session_->Send(session_->JsonRequest("DELETE", "/api/repos/delete", body), question));
  const bool gone = RefusalOf(response, true) == HubRefusal::kRepoNotFound && response.resent;
  return response.ok() || gone ? Status::OK() : session_->Refuse(response, question);
}

Status HubClient::MoveRepo(const RepoId& from, const RepoId& to) {
  const Json body = {{"fromRepo", from.full()}, {"toRepo", to.full()}, {"type", NameOf(from.type)}};
  return session_->AskDone(session_->JsonRequest("POST", "/api/repos/move", body),
                           {.what = "rename a repository", .repo = from.full()});
}

Status HubClient::SetPrivate(const RepoId& repo, bool is_private) {
  const Json body = {{"visibility", is_private ? "private" : "public"}, {"private", is_private}};
  ARROW_RETURN_NOT_OK(
      session_->AskDone(session_->JsonRequest("PUT", repo.ApiPath() + "/settings", body),
                        {.what = "set the visibility", .repo = repo.full()}));
  ARROW_ASSIGN_OR_RAISE(const auto found, FindRepo(repo));
  if (found && found->is_private == is_private) return Status::OK();
  return Failure(FailureKind::kService,
                 Concat("the Hub accepted a visibility but shows another: repo=", repo.full(),
                        " wanted=", is_private ? "private" : "public",
                        "; remedy: look at the repository's settings page"));
}

Status HubClient::SetGated(const RepoId& repo, const std::string& mode) {
  const Json body = {{"gated", mode.empty() ? Json(false) : Json(mode)}};
  ARROW_RETURN_NOT_OK(
      session_->AskDone(session_->JsonRequest("PUT", repo.ApiPath() + "/settings", body),
                        {.what = "set the gating", .repo = repo.full()}));
  ARROW_ASSIGN_OR_RAISE(const auto found, FindRepo(repo));
  if (found && found->gated == mode) return Status::OK();
  return Failure(FailureKind::kService,
                 Concat("the Hub accepted a gating but shows another: repo=", repo.full(),
                        " wanted=", mode.empty() ? "none" : mode,
                        "; remedy: look at the repository's settings page"));
}

Result<RepoInfo> HubClient::Info(const RepoId& repo, const std::string& revision) {
  ARROW_RETURN_NOT_OK(CheckRevision(revision));
  ARROW_ASSIGN_OR_RAISE(
      const Json value,
      session_->AskJson(
          session_->Request("GET", repo.ApiPath() + "/revision/" + EncodeUrl(revision)),
          {.what = "look at a repository", .repo = repo.full(), .revision = revision}));
  RepoInfo info = ParseInfo(repo, value);
  if (!IsCommitId(info.commit)) {
    return Failure(FailureKind::kService,
                   "the Hub does not say which commit this is: repo=" + repo.full());
  }
  return info;
}

Result<std::optional<RepoInfo>> HubClient::FindRepo(const RepoId& repo) {
  const HubQuestion question{.what = "look at a repository", .repo = repo.full()};
  ARROW_ASSIGN_OR_RAISE(const HttpResponse response,
                        session_->Ask(session_->Request("GET", repo.ApiPath()), question));
  const bool has_token = !session_->options().token.empty();
  if (!response.ok()) {
    if (RefusalOf(response, has_token) == HubRefusal::kRepoNotFound) return std::nullopt;
    return session_->Refuse(response, question);
  }
  return ParseInfo(repo, ParseJson(response.body));
}

Result<std::vector<TreeEntry>> HubClient::ListTree(const RepoId& repo, const std::string& revision,
                                                   const std::string& folder, bool recursive,
                                                   bool missing_ok) {
  ARROW_RETURN_NOT_OK(CheckRevision(revision));
  std::string path = repo.ApiPath() + "/tree/" + EncodeUrl(revision);
  if (!folder.empty()) path += "/" + EncodeUrl(folder);
  path += recursive ? "?recursive=true&expand=false" : "?recursive=false&expand=false";
  HttpRequest request = session_->Request("GET", path);
  const HubQuestion question{
      .what = "list files", .repo = repo.full(), .revision = revision, .path = folder};
  std::vector<TreeEntry> entries;
  for (int page = 0; page < kPagesMax; ++page) {
    ARROW_ASSIGN_OR_RAISE(const HttpResponse response, session_->Ask(request, question));
    if (!response.ok()) {
      if (missing_ok && RefusalOf(response, true) == HubRefusal::kEntryNotFound) return entries;
      return session_->Refuse(response, question);
    }
    const Json list = ParseJson(response.body);
    if (!list.is_array() || entries.size() + list.size() > size_t{kTreeEntriesMax}) {
      return Failure(FailureKind::kService, "the Hub's list of files is none, or too long");
    }
    for (const Json& item : list) {
      ARROW_ASSIGN_OR_RAISE(TreeEntry entry, ParseTreeEntry(item));
      entries.push_back(std::move(entry));
    }
    const std::string next = NextLink(response.Header("link"));
    if (next.empty()) return entries;
    ARROW_ASSIGN_OR_RAISE(request.url, ResolveUrl(response.url, next));
    if (OriginOf(request.url) != OriginOf(endpoint())) request.bearer.clear();
  }
  return Failure(FailureKind::kService, Concat("the Hub's list has no end: pages_max=", kPagesMax));
}

Result<std::vector<TreeEntry>> HubClient::FindPaths(const RepoId& repo, const std::string& revision,
                                                    const std::vector<std::string>& paths) {
  std::vector<TreeEntry> entries;
  for (size_t start = 0; start < paths.size(); start += kPathsInfoMax) {
    HttpRequest request =
        session_->Request("POST", repo.ApiPath() + "/paths-info/" + EncodeUrl(revision));
    request.headers.push_back("Content-Type: application/x-www-form-urlencoded");
    for (size_t i = start; i < std::min(start + kPathsInfoMax, paths.size()); ++i) {
      request.body += "paths=" + EncodeUrl(paths[i]) + "&";
    }
    request.body += "expand=false";
    ARROW_ASSIGN_OR_RAISE(
        const Json list,
        session_->AskJson(std::move(request),
                          {.what = "look at files", .repo = repo.full(), .revision = revision}));
    if (!list.is_array()) return Failure(FailureKind::kService, "the Hub's list of files is none");
    for (const Json& item : list) {
      ARROW_ASSIGN_OR_RAISE(TreeEntry entry, ParseTreeEntry(item));
      entries.push_back(std::move(entry));
    }
  }
  return entries;
}

}  // namespace hubmill

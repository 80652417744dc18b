// From a request to its route.  Segments were split before they were decoded, so that
// `refs%2Fpr%2F1` is one of them.
#include <exception>
#include <nlohmann/json.hpp>

#include "hub/local/path_rules.h"
#include "hub/local/routes.h"

namespace hubmill::local_hub {
namespace {

Result<Response> NoRoute() { return Problem(404, "", "no such route"); }

bool Reads(const Call& call) {
  return call.request.method == "GET" || call.request.method == "HEAD";
}

// /api/{type}s/{owner}/{name}/{verb}/…
Result<Response> RouteRepoApi(const Call& call, const RepoId& id, Rest rest) {
  const bool reads = Reads(call), posts = call.request.method == "POST";
  const bool changes = posts || call.request.method == "DELETE";
  if (rest.empty()) return reads ? RepoInfo(call, id, "main") : NoRoute();
  const std::string verb = rest[0];
  rest = rest.subspan(1);
  if (id.type == RepoType::kSpace) {
    if (auto answer = SpaceVerb(call, id, verb)) return std::move(*answer);
  }
  if (verb == "refs" && reads) return ListRefs(call, id);
  if (verb == "settings" && call.request.method == "PUT") return ChangeSettings(call, id);
  if (verb == "discussions") return Discussions(call, id, rest);
  if (verb == "auth-check" && reads) {
    RepoAccess access = FindRepo(call, id, Need::kFiles);
    return access.problem ? std::move(*access.problem) : Json(200, nlohmann::json::object());
  }
  if (rest.empty()) return NoRoute();
  if (verb == "revision" && reads) return RepoInfo(call, id, JoinPath(rest));
  if (verb == "tree" && reads) return ShowTree(call, id, rest);
  if (verb == "commits" && reads) return ListCommits(call, id, rest);
  if (verb == "xet-write-token" && reads) return XetToken(call, id, true);
  if (verb == "xet-read-token" && reads) return XetToken(call, id, false);
  if (verb == "paths-info" && posts) return PathsInfo(call, id, rest);
  if (verb == "preupload" && posts) return Preupload(call, id, rest);
  if (verb == "commit" && posts) return CommitFiles(call, id, rest);
  if (verb == "super-squash" && posts) return SuperSquash(call, id, rest);
  if (verb == "tag" && changes) return ChangeTag(call, id, rest);
  if (verb == "branch" && changes) return ChangeBranch(call, id, rest);
  return NoRoute();
}

Result<Response> RouteApi(const Call& call, Rest rest) {
  const std::string method = call.request.method;
  const auto is = [&](const char* a, const char* b) {
    return rest.size() == 2 && rest[0] == a && rest[1] == b;
  };
  if (rest.size() == 1 && rest[0] == "whoami-v2") return WhoAmI(call);
  if (rest.size() == 1 && rest[0] == "validate-yaml" && method == "POST") return ValidateYaml(call);
  if (is("repos", "create") && method == "POST") return CreateRepo(call);
  if (is("repos", "delete") && method == "DELETE") return DeleteRepo(call);
  if (is("repos", "move") && method == "POST") return MoveRepo(call);
  const auto type = rest.empty() || !rest[0].ends_with('s') ? std::nullopt : ParseRepoType(rest[0]);
  if (!type) return NoRoute();
  if (rest.size() == 1) return Reads(call) ? ListRepos(call, *type) : NoRoute();
  if (rest.size() == 2) return Problem(404, "RepoNotFound", "a repository is namespace/name");
  return RouteRepoApi(call, {*type, rest[1], rest[2]}, rest.subspan(3));
}

// [/{type}s]/{owner}/{name}[.git]/…
Result<Response> RouteWeb(const Call& call, Rest rest) {
  RepoId id;
  if (rest[0] == "datasets" || rest[0] == "spaces") {
    id.type = *ParseRepoType(rest[0]);
    rest = rest.subspan(1);
  }
  if (rest.size() < 2) return NoRoute();
  id.owner = rest[0];
  id.name = rest[1];
  if (id.name.ends_with(".git")) id.name.resize(id.name.size() - 4);
  rest = rest.subspan(2);
  const bool reads = Reads(call), posts = call.request.method == "POST";
  if (rest.empty()) return reads ? BrowseRepo(call, id) : NoRoute();
  if ((rest[0] == "resolve" || rest[0] == "raw") && rest.size() >= 3 && reads) {
    return ResolveFile(call, id, rest.subspan(1), rest[0] == "raw");
  }
  const std::string path = JoinPath(rest);
  if (path == "info/refs" && reads) return GitInfoRefs(call, id);
  if (path == "git-upload-pack" && posts) return GitUploadPack(call, id);
  if (path == "info/lfs/objects/batch" && posts) return LfsBatch(call, id);
  if (path == "info/lfs/verify" && posts) return LfsVerify(call, id);
  return NoRoute();
}

Result<Response> Choose(const Call& call) {
  const Rest all = call.request.segments;
  if (all.empty()) return Reads(call) ? BrowseAll(call) : NoRoute();
  // These two carry signatures of their own instead of a Hub token.
  if (all[0] == "cas") return XetCas(call, all.subspan(1));
  if (all[0] == "lfs") return LfsTransfer(call, all.subspan(1));
  if (call.caller.credentials == Credentials::kWrong) {
    Response response = Problem(401, "", "Invalid credentials in Authorization header");
    response.Set("WWW-Authenticate", "Basic realm=\"hubmill\"");
    return response;
  }
  if (all[0] == "api") return RouteApi(call, all.subspan(1));
  return RouteWeb(call, all);
}

std::string OriginOf(const Request& request) {
  std::string host(request.Header("Host"));
  for (const char c : host) {
    const bool fine = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      c == '.' || c == '-' || c == ':' || c == '[' || c == ']' || c == '_';
    if (!fine) return "http://localhost";
  }
  return "http://" + (host.empty() ? "localhost" : host);
}

}  // namespace

Response Route(HubState& hub, const Request& request) {
  const Call call = {hub, request, hub.accounts.Identify(request.Header("Authorization")),
                     OriginOf(request)};
  try {
    Result<Response> answer = Choose(call);
    return answer.ok() ? std::move(*answer) : ProblemOf(answer.status());
  } catch (const nlohmann::json::exception&) {
    return Problem(400, "", "a member of the JSON body has the wrong type or is missing");
  } catch (const std::exception& error) {
    return Problem(500, "", error.what());
  }
}

}  // namespace hubmill::local_hub

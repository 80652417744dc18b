#include <algorithm>
#include <nlohmann/json.hpp>

#include "hub/local/front_matter.h"
#include "hub/local/path_rules.h"
#include "hub/local/routes.h"

namespace hubmill::local_hub {
namespace {

using nlohmann::json;

// The text member `name`, or "".
std::string TextOf(const json& value, const char* name) {
  const auto found = value.find(name);
  return found != value.end() && found->is_string() ? found->get<std::string>() : "";
}

struct NamedRepo {
  RepoId id;
  const char* problem = nullptr;
};

NamedRepo RepoInBody(const Call& call, const json& body) {
  NamedRepo named;
  const std::string type = TextOf(body, "type");
  const auto parsed = type.empty() ? RepoType::kModel : ParseRepoType(type);
  if (!parsed) {
    named.problem = "unknown repository type; remedy: model, dataset or space";
    return named;
  }
  named.id.type = *parsed;
  named.id.owner = TextOf(body, "organization");
  named.id.name = TextOf(body, "name");
  const size_t slash = named.id.name.find('/');
  if (slash != std::string::npos) {
    named.id.owner = named.id.name.substr(0, slash);
    named.id.name = named.id.name.substr(slash + 1);
  }
  if (named.id.owner.empty() && call.caller.account) named.id.owner = call.caller.account->name;
  if (!IsRepoWord(named.id.name) || !IsRepoWord(named.id.owner)) {
    named.problem =
        "not a repository name; remedy: letters, digits, `-`, `_` and `.`, no `--`, no `..`, 96 "
        "characters at most";
  }
  return named;
}

json Runtime(const std::string& stage, const json& hardware) {
  return {{"stage", stage},
          {"hardware", {{"current", hardware}, {"requested", hardware}}},
          {"storage", nullptr},
          {"gcTimeout", 172800},
          {"replicas", {{"current", 1}, {"requested", 1}}},
          {"devMode", false},
          {"domains", json::array()}};
}

void AddNamedValues(const json& body, const char* name, json* meta) {
  const auto list = body.find(name);
  if (list == body.end() || !list->is_array()) return;
  for (const json& item : *list) {
    if (!item.is_object()) continue;
    const std::string key = TextOf(item, "key");
    (*meta)[name][key] = {{"key", key},
                          {"value", TextOf(item, "value")},
                          {"description", nullptr},
                          {"updatedAt", Now()}};
  }
}

json NewMeta(const RepoId& id, const json& body) {
  const std::string visibility = TextOf(body, "visibility");
  const bool is_private =
      visibility.empty() ? body.value("private", json()) == json(true) : visibility == "private";
  json meta = {{"private", is_private}, {"gated", false}, {"createdAt", Now()}, {"id", id.Full()}};
  if (id.type == RepoType::kSpace) {
    const std::string sdk = TextOf(body, "sdk"), hardware = TextOf(body, "hardware");
    meta["sdk"] = sdk.empty() ? "static" : sdk;
    meta["runtime"] = Runtime("RUNNING", hardware.empty() ? "cpu-basic" : hardware);
    meta["secrets"] = meta["variables"] = json::object();
    AddNamedValues(body, "secrets", &meta);
    AddNamedValues(body, "variables", &meta);
  }
  return meta;
}

}  // namespace

Result<Response> WhoAmI(const Call& call) {
  if (call.caller.account == nullptr) {
    return Problem(401, "", "Invalid username or password.");
  }
  const Account& account = *call.caller.account;
  return Json(200, {{"type", "user"},
                    {"id", "local-" + account.name},
                    {"name", account.name},
                    {"fullname", account.name},
                    {"email", account.name + "@localhost"},
                    {"emailVerified", true},
                    {"isPro", false},
                    {"canPay", false},
                    {"avatarUrl", ""},
                    {"orgs", json::array()},
                    {"auth",
                     {{"type", "access_token"},
                      {"accessToken",
                       {{"displayName", "local"},
                        {"role", account.can_write ? "write" : "read"},
                        {"createdAt", "2026-01-01T00:00:00.000Z"}}}}}});
}

Result<Response> ValidateYaml(const Call& call) {
  ARROW_ASSIGN_OR_RAISE(const json body, JsonBody(call.request));
  const Result<json> card = ParseFrontMatter(TextOf(body, "content"));
  json errors = json::array();
  if (!card.ok()) errors.push_back({{"message", card.status().message()}});
  return Json(errors.empty() ? 200 : 400, {{"errors", errors}, {"warnings", json::array()}});
}

Result<Response> CreateRepo(const Call& call) {
  ARROW_ASSIGN_OR_RAISE(const json body, JsonBody(call.request));
  if (call.caller.account == nullptr) return Problem(401, "", "Invalid username or password.");
  const NamedRepo named = RepoInBody(call, body);
  if (named.problem) return Problem(400, "", named.problem);
  if (!MayWrite(call.caller, named.id.owner)) {
    return Problem(403, "",
                   "You don't have the rights to create a " + std::string(NameOf(named.id.type)) +
                       " under the namespace \"" + named.id.owner + "\"");
  }
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<HubRepo> repo,
                        call.hub.catalog->Create(named.id, NewMeta(named.id, body)));
  if (!repo) {
    return Json(
        409, {{"error", std::string("You already created this ") + NameOf(named.id.type) + " repo"},
              {"url", call.origin + named.id.WebPath()}});
  }
  return Json(200, {{"url", call.origin + named.id.WebPath()},
                    {"name", named.id.Full()},
                    {"id", HmacHex("repo", named.id.WebPath()).substr(0, 24)}});
}

Result<Response> DeleteRepo(const Call& call) {
  ARROW_ASSIGN_OR_RAISE(const json body, JsonBody(call.request));
  const NamedRepo named = RepoInBody(call, body);
  if (named.problem) return Problem(404, "RepoNotFound", named.problem);
  RepoAccess access = FindRepo(call, named.id, Need::kWrite);
  if (access.problem) return std::move(*access.problem);
  ARROW_RETURN_NOT_OK(call.hub.catalog->Delete(access.repo->id()));
  return Json(200, json::object());
}

Result<Response> MoveRepo(const Call& call) {
  ARROW_ASSIGN_OR_RAISE(const json body, JsonBody(call.request));
  json from_body = {{"type", TextOf(body, "type")}, {"name", TextOf(body, "fromRepo")}};
  json to_body = {{"type", TextOf(body, "type")}, {"name", TextOf(body, "toRepo")}};
  const NamedRepo from = RepoInBody(call, from_body), to = RepoInBody(call, to_body);
  if (from.problem || to.problem) {
    return Problem(400, "", from.problem ? from.problem : to.problem);
  }
  RepoAccess access = FindRepo(call, from.id, Need::kWrite);
  if (access.problem) return std::move(*access.problem);
  if (!MayWrite(call.caller, to.id.owner)) {
    return Problem(403, "", "This token has no write access to " + to.id.Full());
  }
  ARROW_ASSIGN_OR_RAISE(const bool moved, call.hub.catalog->Move(access.repo->id(), to.id));
  if (!moved) return Problem(409, "", "A repository of that name exists: " + to.id.Full());
  return Json(200, json::object());
}

Result<Response> ListRepos(const Call& call, RepoType type) {
  const std::string author(call.request.Query("author")), search(call.request.Query("search"));
  const std::string limit_text(call.request.Query("limit"));
  const size_t limit =
      limit_text.empty() ? 1000 : std::clamp(std::atoi(limit_text.c_str()), 1, 1000);
  json list = json::array();
  for (const auto& repo : call.hub.catalog->All(type)) {
    const RepoId id = repo->id();
    const Account* account = call.caller.account;
    const bool own = account && (account->is_admin || account->name == id.owner);
    if (repo->is_private() && !own) continue;
    if (!author.empty() && author != id.owner) continue;
    if (id.Full().find(search) == std::string::npos) continue;
    if (list.size() == limit) break;
    const json meta = repo->meta();
    const Result<HubRepo::Lease> lease = repo->Git();
    if (!lease.ok()) continue;  // Deleted since.
    const GitStore& git = **lease;
    const std::string head = git.Resolve("main").value_or("");
    list.push_back({{"_id", HmacHex("repo", id.WebPath()).substr(0, 24)},
                    {"id", id.Full()},
                    {"modelId", id.Full()},
                    {"author", id.owner},
                    {"private", meta.value("private", false)},
                    {"gated", meta.value("gated", json(false))},
                    {"createdAt", meta.value("createdAt", "")},
                    {"sha", head},
                    {"lastModified", FormatTime(git.InfoOf(head).time_s)},
                    {"downloads", 0},
                    {"likes", 0},
                    {"tags", json::array()}});
  }
  return Json(200, list);
}

Result<Response> ChangeSettings(const Call& call, const RepoId& id) {
  ARROW_ASSIGN_OR_RAISE(const json body, JsonBody(call.request));
  RepoAccess access = FindRepo(call, id, Need::kWrite);
  if (access.problem) return std::move(*access.problem);
  ARROW_RETURN_NOT_OK(access.repo->Update([&](json* meta) {
    const std::string visibility = TextOf(body, "visibility");
    if (!visibility.empty()) (*meta)["private"] = visibility == "private";
    if (body.contains("private") && body["private"].is_boolean()) {
      (*meta)["private"] = body["private"];
    }
    const std::string gated = TextOf(body, "gated");
    if (gated == "auto" || gated == "manual") (*meta)["gated"] = gated;
    if (body.contains("gated") && body["gated"] == json(false)) (*meta)["gated"] = false;
  }));
  const json meta = access.repo->meta();
  return Json(200, {{"private", meta.value("private", false)},
                    {"gated", meta.value("gated", json(false))}});
}

}  // namespace hubmill::local_hub

// Pull requests: as much of them as uploads need (spec hub.md, 1.5).  They are kept in meta.json;
// their commits are on refs/pr/N.
#include <nlohmann/json.hpp>

#include "hub/local/routes.h"

namespace hubmill::local_hub {
namespace {

using nlohmann::json;

constexpr size_t kDiscussionsMax = 10'000;
constexpr size_t kTextBytesMax = 64 << 10;

std::string TextOf(const json& value, const char* name) {
  const auto found = value.find(name);
  return found != value.end() && found->is_string() ? found->get<std::string>() : "";
}

json Shown(const json& stored, const RepoId& id) {
  json shown = stored;
  shown["author"] = {{"name", TextOf(stored, "author")}, {"type", "user"}};
  shown["repo"] = {{"name", id.Full()}, {"type", NameOf(id.type)}};
  shown["numComments"] = 0;
  shown["pinned"] = false;
  return shown;
}

Result<Response> Open(const Call& call, HubRepo* repo) {
  ARROW_ASSIGN_OR_RAISE(const json body, JsonBody(call.request));
  if (call.caller.account == nullptr) return Problem(401, "", "Invalid username or password.");
  const bool is_pull = body.contains("pullRequest") && body["pullRequest"] == json(true);
  if (!is_pull) return Problem(400, "", "only pull requests are kept here");
  const std::string title = TextOf(body, "title"), text = TextOf(body, "description");
  if (title.size() + text.size() > kTextBytesMax) return Problem(413, "", "text too long");
  ARROW_ASSIGN_OR_RAISE(const HubRepo::Lease git, repo->Git());
  FoundRevision found = FindRevision(*git, "main");
  if (found.problem) return std::move(*found.problem);
  const std::lock_guard guard(repo->write_mutex);
  ARROW_ASSIGN_OR_RAISE(const int64_t number,
                        NewPullRequest(repo, title, text, call.caller.account->name));
  ARROW_RETURN_NOT_OK(git->SetRef("refs/pr/" + std::to_string(number), found.commit));
  return Json(200, {{"num", number},
                    {"title", title},
                    {"pullRequest", true},
                    {"url", call.origin + repo->id().WebPath() + "/discussions/" +
                                std::to_string(number)}});
}

}  // namespace

Result<int64_t> NewPullRequest(HubRepo* repo, const std::string& title,
                               const std::string& description, const std::string& author) {
  int64_t number = 0;
  ARROW_RETURN_NOT_OK(repo->Update([&](json* meta) {
    json& list = (*meta)["discussions"];
    if (list.size() >= kDiscussionsMax) return;
    number = static_cast<int64_t>(list.size()) + 1;
    list.push_back({{"num", number},
                    {"title", title},
                    {"description", description},
                    {"author", author},
                    {"createdAt", Now()},
                    {"status", "open"},
                    {"isPullRequest", true}});
  }));
  if (number == 0) return DataRefused("too many pull requests: at most ", kDiscussionsMax);
  return number;
}

Result<Response> Discussions(const Call& call, const RepoId& id, Rest rest) {
  RepoAccess access = FindRepo(call, id, Need::kRead);
  if (access.problem) return std::move(*access.problem);
  HubRepo* repo = access.repo.get();
  if (call.request.method == "POST" && rest.empty()) return Open(call, repo);
  const json meta = repo->meta();
  const json list = meta.value("discussions", json::array());
  if (call.request.method != "GET") return Problem(404, "", "not kept by this Hub");
  if (rest.empty()) {
    json shown = json::array();
    for (const json& item : list) shown.push_back(Shown(item, repo->id()));
    return Json(200, {{"discussions", shown}, {"count", shown.size()}, {"start", 0}});
  }
  const int number = std::atoi(rest[0].c_str());
  if (number < 1 || number > static_cast<int>(list.size())) {
    return Problem(404, "", "there is no such discussion");
  }
  json shown = Shown(list[static_cast<size_t>(number) - 1], repo->id());
  shown["events"] = json::array();
  shown["changes"] = {{"base", "refs/heads/main"}};
  shown["filesWithConflicts"] = json::array();
  shown["diff"] = "";
  return Json(200, shown);
}

}  // namespace hubmill::local_hub

#include "hub/repo_list.h"

#include <utility>

#include "hub/session.h"
#include "net/url.h"

namespace hubmill {
namespace {

constexpr int64_t kListStallS = 10;  // People wait for it.

std::string ListPath(const RepoQuestion& question) {
  std::string path = Concat("/api/datasets?limit=", question.count_max);
  if (!question.author.empty()) path += "&author=" + EncodeUrl(question.author);
  if (!question.search.empty()) path += "&search=" + EncodeUrl(question.search);
  return path;
}

/// "auto" or "manual"; of a set that nobody has to ask for, the Hub says false.
std::string GatedOf(const Json& item) {
  return item.contains("gated") && item["gated"].is_string() ? TextOf(item, "gated") : "";
}

}  // namespace

HubRepoList::HubRepoList(std::unique_ptr<HubSession> session) : session_(std::move(session)) {}
HubRepoList::~HubRepoList() = default;

Result<std::unique_ptr<HubRepoList>> HubRepoList::Make(HubOptions options) {
  ARROW_ASSIGN_OR_RAISE(auto session, HubSession::Make(std::move(options)));
  return std::unique_ptr<HubRepoList>(new HubRepoList(std::move(session)));
}

Result<std::vector<RepoInfo>> HubRepoList::ListDatasets(const RepoQuestion& question) {
  HttpRequest request = session_->Request("GET", ListPath(question));
  request.stall_s = kListStallS;
  request.attempts_max = 1;
  ARROW_ASSIGN_OR_RAISE(const Json list, session_->AskJson(request, {.what = "list data sets",
                                                                     .repo = question.author}));
  if (!list.is_array()) {
    return Failure(FailureKind::kService, "the Hub's list of data sets is none");
  }
  std::vector<RepoInfo> repos;
  for (const Json& item : list) {
    if (!item.is_object()) continue;
    const Result<RepoId> id = ParseRepoId(TextOf(item, "id"));
    if (!id.ok()) continue;
    if (static_cast<int64_t>(repos.size()) == question.count_max) break;
    repos.push_back({.id = *id,
                     .commit = TextOf(item, "sha"),
                     .is_private = BoolOf(item, "private"),
                     .gated = GatedOf(item),
                     .disabled = BoolOf(item, "disabled"),
                     .last_modified = TextOf(item, "lastModified")});
  }
  return repos;
}

}  // namespace hubmill

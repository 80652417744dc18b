#include "hub/history.h"

#include "hub/ref_name.h"
#include "hub/session.h"
#include "net/url.h"

namespace hubmill {
namespace {

bool IsCommitId(const std::string& text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Status NoAnswer(const char* what) {
  return Failure(FailureKind::kService, Concat("the Hub's list of ", what, " is none"));
}

}  // namespace

HubHistory::HubHistory(std::unique_ptr<HubSession> session) : session_(std::move(session)) {}
HubHistory::~HubHistory() = default;

Result<std::unique_ptr<HubHistory>> HubHistory::Make(HubOptions options) {
  ARROW_ASSIGN_OR_RAISE(auto session, HubSession::Make(std::move(options)));
  return std::unique_ptr<HubHistory>(new HubHistory(std::move(session)));
}

Result<std::vector<HubCommit>> HubHistory::ListCommits(const RepoId& repo,
                                                       const std::string& revision,
                                                       int64_t count_max, bool* more) {
  ARROW_RETURN_NOT_OK(CheckRevision(revision));
  *more = false;
  std::vector<HubCommit> commits;
  HttpRequest request =
      session_->Request("GET", repo.ApiPath() + "/commits/" + EncodeUrl(revision));
  const HubQuestion question{.what = "list commits", .repo = repo.full(), .revision = revision};
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const HttpResponse response, session_->Ask(request, question));
    if (!response.ok()) return session_->Refuse(response, question);
    const Json list = ParseJson(response.body);
    if (!list.is_array()) return NoAnswer("commits");
    for (const Json& item : list) {
      HubCommit commit{.id = TextOf(item, "id"),
                       .message = TextOf(item, "title") + "\n" + TextOf(item, "message")};
      if (!IsCommitId(commit.id)) return NoAnswer("commits");
      if (static_cast<int64_t>(commits.size()) == count_max) {
        *more = true;
        return commits;
      }
      commits.push_back(std::move(commit));
    }
    const std::string next = NextLink(response.Header("link"));
    if (next.empty() || list.empty()) return commits;
    ARROW_ASSIGN_OR_RAISE(request.url, ResolveUrl(response.url, next));
    if (OriginOf(request.url) != OriginOf(session_->options().endpoint)) request.bearer.clear();
  }
}

Result<std::vector<HubRef>> HubHistory::ListOtherRefs(const RepoId& repo) {
  ARROW_ASSIGN_OR_RAISE(
      const Json value,
      session_->AskJson(session_->Request("GET", repo.ApiPath() + "/refs?include_prs=1"),
                        {.what = "list pull requests", .repo = repo.full()}));
  std::vector<HubRef> refs;
  for (const char* kind : {"pullRequests", "converts"}) {
    if (!value.is_object() || !value.contains(kind) || !value[kind].is_array()) continue;
    for (const Json& item : value[kind]) {
      HubRef ref{TextOf(item, "ref"), TextOf(item, "ref"), TextOf(item, "targetCommit")};
      if (!IsCommitId(ref.commit)) return NoAnswer("refs");
      refs.push_back(std::move(ref));
    }
  }
  return refs;
}

}  // namespace hubmill

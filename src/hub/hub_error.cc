#include "hub/hub_error.h"

#include <nlohmann/json.hpp>

#include "base/json_depth.h"
#include "net/redact.h"

namespace hubmill {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kRemedy = "; remedy: ";
constexpr char kStaleWords[] = "the repository moved on since it was read";

std::string FirstText(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array() && !value.empty()) return FirstText(value.front());
  if (value.is_object() && value.contains("message")) return FirstText(value["message"]);
  return {};
}

// The server's own words.
std::string WordsOf(const HttpResponse& response) {
  std::string header = response.Header("x-error-message");
  if (!header.empty()) return header;
  if (!IsShallowJson(response.body)) return {};
  const Json body = Json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  if (!body.is_object()) return {};
  for (const char* key : {"error", "errors", "message"}) {
    if (!body.contains(key)) continue;
    std::string words = FirstText(body[key]);
    if (!words.empty()) return words;
  }
  return {};
}

const char* SummaryOf(HubRefusal refusal) {
  switch (refusal) {
    case HubRefusal::kBadToken:
      return "the Hub does not accept the token";
    case HubRefusal::kNoToken:
      return "the Hub wants a token";
    case HubRefusal::kRepoNotFound:
      return "the Hub shows no such repository";
    case HubRefusal::kRevisionNotFound:
      return "the repository has no such revision";
    case HubRefusal::kEntryNotFound:
      return "the repository has no such file or folder";
    case HubRefusal::kGated:
      return "access to this repository must be asked for";
    case HubRefusal::kForbidden:
      return "the token lacks the right for this";
    case HubRefusal::kExists:
      return "this exists already, or is being changed by another";
    case HubRefusal::kMoved:
      return kStaleWords;
    case HubRefusal::kTooLarge:
      return "the request is too large for the Hub";
    case HubRefusal::kRateLimited:
      return "the Hub's rate limit is used up";
    case HubRefusal::kServerFailing:
      return "the Hub keeps failing";
    case HubRefusal::kOther:
      break;
  }
  return "the Hub refused";
}

std::string RemedyOf(HubRefusal refusal, const HttpResponse& response, bool has_token) {
  switch (refusal) {
    case HubRefusal::kBadToken:
      return "make a new token on the Hub (this one is unknown, expired or withdrawn) and put it "
             "into "
             "HF_TOKEN";
    case HubRefusal::kNoToken:
      return "put a token into HF_TOKEN, or log in with the official client";
    case HubRefusal::kRepoNotFound:
      return has_token
                 ? "check the name and the type; if it is private, use a token that may see it"
                 : "check the name and the type; if it is private, put a token into HF_TOKEN";
    case HubRefusal::kRevisionNotFound:
      return "see `hubmill hub tag REPO --list` for what there is";
    case HubRefusal::kEntryNotFound:
      return "see `hubmill hub ls REPO` for what there is";
    case HubRefusal::kGated:
      return has_token ? "ask for access on the repository's page, then try again"
                       : "put the token of an account with access into HF_TOKEN";
    case HubRefusal::kForbidden:
      return "use a token with write access to this repository (role write, or a fine-grained one "
             "that names it)";
    case HubRefusal::kExists:
      return "choose another name, or go on with what is there";
    case HubRefusal::kMoved:
      return "run this again: it reads the repository anew";
    case HubRefusal::kTooLarge:
      return "publish fewer or smaller files at once";
    case HubRefusal::kRateLimited: {
      const std::string wait = response.Header("retry-after");
      return wait.empty() ? "wait some minutes, then run this again"
                          : "wait as long as it says (Retry-After: " + OneLine(wait, 40) +
                                "), then run this again";
    }
    case HubRefusal::kServerFailing:
      return "run this again later; nothing is left half-done";
    case HubRefusal::kOther:
      break;
  }
  return "see the Hub's own words";
}

}  // namespace

HubRefusal RefusalOf(const HttpResponse& response, bool has_token) {
  const std::string code = response.Header("x-error-code");
  if (code == "RepoNotFound") return HubRefusal::kRepoNotFound;
  if (code == "RevisionNotFound") return HubRefusal::kRevisionNotFound;
  if (code == "EntryNotFound") return HubRefusal::kEntryNotFound;
  if (code == "GatedRepo") return HubRefusal::kGated;
  switch (response.status) {
    case 401:
      return has_token ? HubRefusal::kBadToken : HubRefusal::kNoToken;
    case 403:
      return HubRefusal::kForbidden;
    case 409:
      return HubRefusal::kExists;
    case 412:
      return HubRefusal::kMoved;
    case 413:
      return HubRefusal::kTooLarge;
    case 429:
      return HubRefusal::kRateLimited;
    default:
      return response.status >= 500 ? HubRefusal::kServerFailing : HubRefusal::kOther;
  }
}

std::string PrintQuestion(const HubQuestion& question, const std::vector<std::string>& secrets) {
  std::string text = " doing=" + question.what;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) text += Concat(" ", name, "=", OneLine(value, 300, secrets));
  };
  add("repo", question.repo);
  add("revision", question.revision);
  add("path", question.path);
  return text;
}

Status HubFailure(const HttpResponse& response, const HubQuestion& question,
                  const std::vector<std::string>& secrets) {
  const HubRefusal refusal = RefusalOf(response, question.has_token);
  std::string message = Concat(SummaryOf(refusal), ":", PrintQuestion(question, secrets));
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) message += Concat(" ", name, "=", OneLine(value, 300, secrets));
  };
  message += Concat(" status=", response.status);
  add("request_id", response.Header("x-request-id"));
  std::string words = WordsOf(response);
  std::string remedy = RemedyOf(refusal, response, question.has_token);
  if (const size_t at = words.find(kRemedy); at != words.npos) {  // A Hub that knows better.
    remedy = OneLine(words.substr(at + kRemedy.size()), 300, secrets);
    words.resize(at);
  }
  add("hub_says", words);
  message += Concat(kRemedy, remedy);
  return Failure(FailureKind::kService, Redact(message, secrets));
}

Status StaleParentFailure(const std::string& repo, const std::string& branch,
                          const std::string& parent) {
  return Failure(FailureKind::kService,
                 Concat(kStaleWords, ": repo=", OneLine(repo), " branch=", OneLine(branch),
                        " parent=", OneLine(parent, 40),
                        "; remedy: nothing was committed; run this again, it reads the repository "
                        "anew"));
}

bool IsStaleParent(const Status& status) {
  return status.message().find(kStaleWords) != std::string::npos;
}

}  // namespace hubmill

#include "hub/session.h"

#include "base/json_depth.h"
#include "core/late_answer.h"
#include "net/redact.h"
#include "net/url.h"

namespace hubmill {
namespace {

constexpr char kBrokenAnswer[] = "the Hub's answer is not what its protocol says";
constexpr char kBrokenRemedy[] = "; remedy: check the endpoint, then run this again";

}  // namespace

Result<std::unique_ptr<HubSession>> HubSession::Make(HubOptions options) {
  if (OriginOf(options.endpoint).empty()) {
    return WrongUsage("not the URL of a Hub: hub=", options.endpoint,
                      "; remedy: give it as http://HOST:PORT or https://HOST");
  }
  options.threads = std::clamp(options.threads, 1, kHubThreadsMax);
  if (!options.token.empty()) options.http.secrets.push_back(options.token);
  ARROW_ASSIGN_OR_RAISE(auto http, HttpClient::Make(options.http));
  return std::unique_ptr<HubSession>(new HubSession(std::move(options), std::move(http)));
}

HttpRequest HubSession::Request(const std::string& method, const std::string& path,
                                const Progress* progress) const {
  HttpRequest request;
  request.method = method;
  request.url = options_.endpoint + path;
  request.bearer = options_.token;
  if (progress != nullptr) request.cancel = &progress->cancel;
  return request;
}

HttpRequest HubSession::JsonRequest(const std::string& method, const std::string& path,
                                    const Json& body, const Progress* progress) const {
  HttpRequest request = Request(method, path, progress);
  request.headers.push_back("Content-Type: application/json");
  request.body = DumpJson(body);
  return request;
}

Result<HttpResponse> HubSession::Send(const HttpRequest& request, const HubQuestion& question) {
  Result<HttpResponse> response = http_->Send(request);
  if (response.ok() || !IsLateAnswer(response.status())) return response;
  const std::string& why = response.status().message();
  return LateAnswer(Concat("the Hub does not answer in time:", Asked(question),
                           " why=", why.substr(0, why.find("; remedy: ")),
                           "; remedy: try again later; if it stays, check that the Hub runs and "
                           "that this is its address"));
}

std::string HubSession::Asked(const HubQuestion& question) const {
  return Concat(" hub=", OneLine(options_.endpoint, 200, secrets()),
                PrintQuestion(question, secrets()));
}

Result<HttpResponse> HubSession::Ask(HttpRequest request, const HubQuestion& question) {
  request.validate = [&](const HttpResponse& response) {
    if (response.body.empty() || Json::accept(response.body)) return Status::OK();
    return Failure(FailureKind::kService, Concat(kBrokenAnswer, Asked(question), kBrokenRemedy));
  };
  ARROW_ASSIGN_OR_RAISE(HttpResponse response, Send(request, question));
  if (!response.ok() || IsShallowJson(response.body)) return response;
  return Failure(FailureKind::kService,
                 Concat("the Hub's answer is nested too deeply:", Asked(question), kBrokenRemedy));
}

Status HubSession::Refuse(const HttpResponse& response, HubQuestion question) const {
  question.has_token = !options_.token.empty();
  return HubFailure(response, question, secrets());
}

Result<Json> HubSession::AskJson(HttpRequest request, const HubQuestion& question) {
  ARROW_ASSIGN_OR_RAISE(const HttpResponse response, Ask(std::move(request), question));
  if (!response.ok()) return Refuse(response, question);
  Json value = ParseJson(response.body);
  if (!value.is_discarded()) return value;
  return Failure(FailureKind::kService, Concat(kBrokenAnswer, Asked(question), kBrokenRemedy));
}

Status HubSession::AskDone(HttpRequest request, const HubQuestion& question) {
  ARROW_ASSIGN_OR_RAISE(const HttpResponse response, Send(request, question));
  return response.ok() ? Status::OK() : Refuse(response, question);
}

Json ParseJson(std::string_view text) {
  if (!IsShallowJson(text)) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

std::string TextOf(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

int64_t IntOf(const Json& object, const char* key, int64_t otherwise) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (found == object.end() || !found->is_number_integer()) return otherwise;
  if (found->is_number_unsigned() && found->get<uint64_t>() > uint64_t{INT64_MAX}) return otherwise;
  return found->get<int64_t>();
}

bool BoolOf(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

Result<TreeEntry> ParseTreeEntry(const Json& entry) {
  TreeEntry parsed;
  parsed.path = TextOf(entry, "path");
  parsed.directory = TextOf(entry, "type") == "directory";
  parsed.git_id = TextOf(entry, "oid");
  parsed.size_bytes = IntOf(entry, "size", -1);
  const Status safe = CheckRepoPath(parsed.path);
  if (!safe.ok()) {
    return Failure(FailureKind::kService, "the Hub lists an unsafe file name: " + safe.message());
  }
  if (entry.contains("lfs") && entry["lfs"].is_object()) {
    parsed.sha256 = TextOf(entry["lfs"], "oid");
    const bool hex = parsed.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (parsed.sha256.size() != 64 || !hex)
      return Failure(FailureKind::kService, Concat(kBrokenAnswer, kBrokenRemedy));
    parsed.size_bytes = IntOf(entry["lfs"], "size", parsed.size_bytes);
  }
  if (!parsed.directory && (parsed.size_bytes < 0 || !IsCommitId(parsed.git_id))) {
    return Failure(FailureKind::kService, Concat(kBrokenAnswer, kBrokenRemedy));
  }
  return parsed;
}

std::string DumpJson(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace hubmill

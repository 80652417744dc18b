#include "hub/session.h"

#include "net/url.h"

namespace hubmill {
namespace {

constexpr char kBrokenAnswer[] =
    "the Hub's answer is not what its protocol says; remedy: check the endpoint, then run this "
    "again";

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

Result<HttpResponse> HubSession::Ask(HttpRequest request) {
  request.validate = [](const HttpResponse& response) {
    return response.body.empty() || Json::accept(response.body)
               ? Status::OK()
               : Failure(FailureKind::kService, kBrokenAnswer);
  };
  return http_->Send(request);
}

Status HubSession::Refuse(const HttpResponse& response, HubQuestion question) const {
  question.has_token = !options_.token.empty();
  return HubFailure(response, question, secrets());
}

Result<Json> HubSession::AskJson(HttpRequest request, const HubQuestion& question) {
  ARROW_ASSIGN_OR_RAISE(const HttpResponse response, Ask(std::move(request)));
  if (!response.ok()) return Refuse(response, question);
  Json value = Json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return Failure(FailureKind::kService, kBrokenAnswer);
  return value;
}

Status HubSession::AskDone(HttpRequest request, const HubQuestion& question) {
  ARROW_ASSIGN_OR_RAISE(const HttpResponse response, http_->Send(request));
  return response.ok() ? Status::OK() : Refuse(response, question);
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
    if (parsed.sha256.size() != 64 || !hex) return Failure(FailureKind::kService, kBrokenAnswer);
    parsed.size_bytes = IntOf(entry["lfs"], "size", parsed.size_bytes);
  }
  if (!parsed.directory && (parsed.size_bytes < 0 || !IsCommitId(parsed.git_id))) {
    return Failure(FailureKind::kService, kBrokenAnswer);
  }
  return parsed;
}

std::string DumpJson(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace hubmill

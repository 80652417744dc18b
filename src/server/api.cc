#include "server/api.h"

#include <strings.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/ascii.h"
#include "base/hash.h"
#include "hubmill/hubmill.h"
#include "server/api_call.h"
#include "server/pages.h"

namespace hubmill::server {
namespace {

constexpr std::string_view kBearer = "Bearer ";

Result<http::Response> ShowHealth(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(CheckQuery(call, {}));
  ARROW_ASSIGN_OR_RAISE(const int64_t queued, call.api.jobs().Count(JobState::kQueued));
  ARROW_ASSIGN_OR_RAISE(const int64_t running, call.api.jobs().Count(JobState::kRunning));
  return Json(200,
              {{"status", "ok"}, {"version", Version()}, {"queued", queued}, {"running", running}});
}

Result<http::Response> ShowOpenApi(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(CheckQuery(call, {}));
  return http::Response(200, kJsonType, ApiFiles().at(0).second);
}

/// Splits "/api/v1/jobs/{id}" at its slashes.
std::vector<std::string_view> PatternOf(const char* path) {
  std::vector<std::string_view> parts;
  std::string_view rest(path + 1);
  for (;;) {
    const size_t slash = rest.find('/');
    parts.push_back(rest.substr(0, slash));
    if (slash == rest.npos) return parts;
    rest.remove_prefix(slash + 1);
  }
}

bool Matches(const char* path, const std::vector<std::string>& segments,
             std::vector<std::string>* values) {
  values->clear();
  const std::vector<std::string_view> parts = PatternOf(path);
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i >= segments.size()) return false;
    if (parts[i].ends_with("...}")) {
      std::string rest = segments[i];
      for (size_t j = i + 1; j < segments.size(); ++j) rest += "/" + segments[j];
      values->push_back(std::move(rest));
      return true;
    }
    if (parts[i].front() == '{') {
      values->push_back(segments[i]);
    } else if (parts[i] != segments[i]) {
      return false;
    }
  }
  return parts.size() == segments.size();
}

/// "localhost:3000" without its port, in lower case.
std::string HostName(std::string_view host) {
  const size_t colon = host.find(':', host.starts_with('[') ? host.find(']') : 0);
  return AsciiLowered(host.substr(0, colon));
}

bool IsLoopbackName(const std::string& name) {
  if (name == "localhost" || name == "[::1]") return true;
  return name.starts_with("127.") && name.find_first_not_of("0123456789.") == name.npos;
}

size_t CountHeaders(const http::Request& request, const char* name) {
  return static_cast<size_t>(std::count_if(
      request.headers.begin(), request.headers.end(),
      [name](const auto& header) { return strcasecmp(header.first.c_str(), name) == 0; }));
}

}  // namespace

bool SameSecret(std::string_view a, std::string_view b) {
  const std::string hash_a = Sha256Hex(a), hash_b = Sha256Hex(b);  // Of one length.
  int different = 0;
  for (size_t i = 0; i < hash_a.size(); ++i) different |= hash_a[i] ^ hash_b[i];
  return different == 0;
}

InternalGuard InternalGuard::FromEnvironment(
    std::optional<std::string> (*env)(const std::string&)) {
  const std::optional<std::string> node = env("NODE_ENV"), allow = env("ALLOW_INTERNAL_TESTING");
  return {.development = node ? *node == "development" : !allow,
          .allowed = allow == "true",
          .token = env("INTERNAL_TESTING_TOKEN").value_or("")};
}

const std::vector<ApiRoute>& ApiRoutes() {
  static const auto* routes = new std::vector<ApiRoute>{
      {"GET", "/api/v1/health", &ShowHealth},
      {"GET", "/api/openapi.json", &ShowOpenApi},
      {"POST", "/api/internal/hf/export", &StartExport},
      {"GET", "/api/internal/hf/status", &ShowExport},
      {"GET", "/api/v1/recipes", &ListRecipes},
      {"GET", "/api/v1/recipes/{name}", &ShowRecipe},
      {"GET", "/api/v1/jobs", &ListJobs},
      {"POST", "/api/v1/jobs", &SubmitJob},
      {"GET", "/api/v1/jobs/{id}", &ShowJob},
      {"POST", "/api/v1/jobs/{id}/cancel", &CancelJob},
      {"GET", "/api/v1/jobs/{id}/log", &ShowLog},
      {"GET", "/api/v1/jobs/{id}/events", &FollowEvents},
      {"GET", "/api/v1/jobs/{id}/artefacts", &ListArtefactsOf},
      {"GET", "/api/v1/jobs/{id}/artefacts/{name...}", &DownloadArtefact},
      {"GET", "/api/v1/data", &ListData},
      {"GET", "/api/v1/data/set", &ShowData},
      {"GET", "/api/v1/data/versions", &ListVersions},
      {"GET", "/api/v1/data/rows", &ShowRows},
      {"GET", "/api/v1/data/cell", &ShowCell},
      {"GET", "/api/v1/data/search", &SearchData},
      {"GET", "/api/v1/data/stats", &ShowStatistics},
      {"GET", "/api/v1/data/diff", &CompareData},
      {"GET", "/api/v1/data/clusters", &ListClusters},
      {"GET", "/api/v1/data/cluster", &ShowCluster},
      {"GET", "/api/v1/data/rejects", &ListRejects},
  };
  return *routes;
}

http::Response Api::Answer(const http::Request& request) {
  std::optional<http::Response> answer = RefusalOfPlace(request);
  if (!answer) answer = AnswerPage(request);
  if (!answer) answer = RefusalOfClient(request);
  http::Response response = answer ? std::move(*answer) : Routed(request);
  if (request.content_length > kBodyBytesMax) response.close = true;  // And not read.
  return response;
}

std::optional<http::Response> Api::RefusalOfPlace(const http::Request& request) const {
  if (CountHeaders(request, "host") != 1) return Problem(400, "exactly one Host is needed");
  const std::string_view host = request.Header("host");
  if (options_.loopback && !IsLoopbackName(HostName(host))) {
    return Problem(403, "this Host is not a name of this machine; use http://localhost");
  }
  const std::string* origin = http::FindPair(request.headers, "origin");
  if (origin != nullptr && *origin != Concat("http://", host)) {
    return Problem(403, "requests of other web pages are refused");
  }
  return std::nullopt;
}

std::optional<http::Response> Api::RefusalOfClient(const http::Request& request) const {
  if (options_.token.empty() || request.target == "/api/v1/health") return std::nullopt;
  const std::string_view given = request.Header("authorization");
  if (CountHeaders(request, "authorization") == 1 && given.starts_with(kBearer) &&
      SameSecret(given.substr(kBearer.size()), options_.token)) {
    return std::nullopt;
  }
  http::Response response = Problem(401, "Unauthorized");
  response.Set("WWW-Authenticate", "Bearer");
  return response;
}

http::Response Api::Routed(const http::Request& request) {
  ApiCall call{*this, request, {}};
  std::string allowed;
  for (const ApiRoute& route : ApiRoutes()) {
    if (!Matches(route.path, request.segments, &call.values)) continue;
    const std::string_view method = route.method;
    if (request.method == method || (request.method == "HEAD" && method == "GET")) {
      Result<http::Response> response = route.answer(call);
      return response.ok() ? *std::move(response) : ProblemOf(response.status());
    }
    allowed += Concat(allowed.empty() ? "" : ", ", method, method == "GET" ? ", HEAD" : "");
  }
  if (allowed.empty()) return Problem(404, "Not found");
  http::Response response = Problem(405, "this method is not allowed here");
  response.Set("Allow", allowed);
  return response;
}

}  // namespace hubmill::server

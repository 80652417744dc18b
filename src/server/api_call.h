// What a route of the API gets, and how it answers.
#pragma once

#include <atomic>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "server/api.h"

namespace hubmill::server {

struct ApiCall {
  Api& api;
  const http::Request& request;
  std::vector<std::string> values;  // What stands in the path in place of {…}.
};

struct ApiRoute {
  const char* method;
  const char* path;  // "/api/v1/jobs/{id}"; {name...} takes the rest, slashes included.
  Result<http::Response> (*answer)(const ApiCall& call);
};

/// All routes, in the order of docs/serve.md.
const std::vector<ApiRoute>& ApiRoutes();

inline constexpr char kJsonType[] = "application/json; charset=utf-8";
/// On one line; bytes that are no UTF-8 are replaced, so that it never throws.
std::string TextOf(const nlohmann::ordered_json& value);
http::Response Json(int status, const nlohmann::ordered_json& value);
http::Response Problem(int status, std::string_view message);
/// 400 for wrong usage, 422 for refused data, 502 for a service, 504 for one that is
/// silent, 507 for a full disk, else 500.
http::Response ProblemOf(const Status& status);
/// With Retry-After.
http::Response TooMany(std::string_view message);

/// The request's strict JSON object; in `refusal` 400, 408, 413 or 415 where there is none.
Result<nlohmann::json> JsonBodyOf(const ApiCall& call, std::optional<http::Response>* refusal);

/// kWrongUsage where the query has another name than these, or one of them twice.
Status CheckQuery(const ApiCall& call, std::initializer_list<std::string_view> names);

/// The file as an answer, with its range; nullopt where it cannot be opened, or is no regular file.
std::optional<http::Response> FileAnswer(const std::string& path, const char* content_type,
                                         const http::Request& request);

/// A decimal number of at most 18 digits.
std::optional<int64_t> ParseNumber(std::string_view text);
/// The query's number of that name, or `otherwise`; kWrongUsage where it is not from low to high.
Result<int64_t> NumberOf(const ApiCall& call, const char* name, int64_t otherwise, int64_t low,
                         int64_t high);

/// Counts something as long as it lives; admitted while at most `count_max` live.
class Admission {
 public:
  Admission(std::atomic<int>* count, int count_max)
      : count_(*count), admitted_(count_.fetch_add(1) < count_max) {}
  ~Admission() { count_.fetch_sub(1); }
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;
  bool admitted() const { return admitted_; }

 private:
  std::atomic<int>& count_;
  const bool admitted_;
};

// Routes of the two internal addresses of the source document.
Result<http::Response> StartExport(const ApiCall& call);
Result<http::Response> ShowExport(const ApiCall& call);
// Routes of recipes and jobs.
Result<http::Response> ListRecipes(const ApiCall& call);
Result<http::Response> ShowRecipe(const ApiCall& call);
Result<http::Response> SubmitJob(const ApiCall& call);
Result<http::Response> ListJobs(const ApiCall& call);
Result<http::Response> ShowJob(const ApiCall& call);
Result<http::Response> CancelJob(const ApiCall& call);
// Routes of what jobs say and leave.
Result<http::Response> ShowLog(const ApiCall& call);
Result<http::Response> FollowEvents(const ApiCall& call);
Result<http::Response> ListArtefactsOf(const ApiCall& call);
Result<http::Response> DownloadArtefact(const ApiCall& call);
// Routes of data sets: what is there, and rows by number.
Result<http::Response> ListData(const ApiCall& call);
Result<http::Response> ShowData(const ApiCall& call);
Result<http::Response> ListVersions(const ApiCall& call);
Result<http::Response> ShowRows(const ApiCall& call);
Result<http::Response> ShowCell(const ApiCall& call);
// Those that read a whole split, as events.
Result<http::Response> SearchData(const ApiCall& call);
Result<http::Response> ShowStatistics(const ApiCall& call);
Result<http::Response> CompareData(const ApiCall& call);
// Those that tell why rows went.
Result<http::Response> ListClusters(const ApiCall& call);
Result<http::Response> ShowCluster(const ApiCall& call);
Result<http::Response> ListRejects(const ApiCall& call);

/// A job as the API shows it.
nlohmann::ordered_json JsonOf(const Job& job);
/// The job that the path names, or a 404 in `refusal`.
Result<Job> JobOfPath(const ApiCall& call, std::optional<http::Response>* refusal);

}  // namespace hubmill::server

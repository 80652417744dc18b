#include <nlohmann/json.hpp>

#include "server/api_call.h"
#include "server/json_body.h"
#include "server/uuid.h"

namespace hubmill::server {
namespace {

constexpr int64_t kPageMax = 100;
constexpr int64_t kPageDefault = 20;
constexpr int64_t kLimitMax = 1'000'000'000'000;  // Rows, as --limit.
constexpr int64_t kSeedMax = UINT32_MAX;          // As --seed.

nlohmann::ordered_json OrNull(const std::string& text) {
  return text.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(text);
}
nlohmann::ordered_json OrNull(int64_t number) {
  return number < 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(number);
}

nlohmann::ordered_json OptionsOf(const JobRequest& request) {
  if (request.kind == JobRequest::Kind::kSignalsExport) {
    return {{"source", OrNull(request.source)},
            {"industry", OrNull(request.industry)},
            {"max_rows", OrNull(request.max_rows == 0 ? -1 : request.max_rows)},
            {"push", request.push}};
  }
  nlohmann::ordered_json set = nlohmann::ordered_json::object();
  for (const auto& [name, value] : request.set) set[name] = value;
  return {{"set", set},
          {"limit", OrNull(request.limit)},
          {"seed", OrNull(request.seed)},
          {"dry_run", request.dry_run},
          {"push", request.push}};
}

nlohmann::ordered_json JsonOf(const CatalogParam& declared) {
  const RecipeParam& param = declared.param;
  return {{"name", param.name},
          {"type", param.type},
          {"default", param.has_value ? nlohmann::ordered_json(param.value) : nullptr},
          {"required", param.required},
          {"secret", param.secret},
          {"help", param.help},
          {"use", NameOf(declared.use)}};
}

}  // namespace

nlohmann::ordered_json JsonOf(const Job& job) {
  const bool recipe = job.request.kind == JobRequest::Kind::kRecipe;
  nlohmann::ordered_json progress;
  if (!job.progress.empty()) {
    progress = nlohmann::ordered_json::parse(job.progress, nullptr, false);
    if (!progress.is_object()) progress = nullptr;
  }
  return {{"id", job.id},
          {"kind", recipe ? "recipe" : "signals-export"},
          {"recipe", OrNull(job.request.recipe)},
          {"options", OptionsOf(job.request)},
          {"state", NameOf(job.state)},
          {"created_at", job.created},
          {"started_at", OrNull(job.started)},
          {"ended_at", OrNull(job.ended)},
          {"exit_status", OrNull(job.exit_status)},
          {"error", OrNull(job.error)},
          {"progress", progress}};
}

Result<Job> JobOfPath(const ApiCall& call, std::optional<http::Response>* refusal) {
  const std::string& id = call.values.at(0);
  if (IsUuid4(id)) {
    ARROW_ASSIGN_OR_RAISE(std::optional<Job> job, call.api.jobs().Find(id));
    if (job) return *std::move(job);
  }
  *refusal = Problem(404, "Job not found");
  return Job{};
}

Result<http::Response> ListRecipes(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(CheckQuery(call, {}));
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& [name, recipe] : call.api.recipes().recipes()) {
    list.push_back({{"name", name}, {"description", recipe.description}});
  }
  return Json(200, {{"recipes", list}});
}

Result<http::Response> ShowRecipe(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(CheckQuery(call, {}));
  const CatalogRecipe* recipe = call.api.recipes().Find(call.values.at(0));
  if (recipe == nullptr) return Problem(404, "Recipe not found");
  nlohmann::ordered_json params = nlohmann::ordered_json::array();
  for (const CatalogParam& param : recipe->params) params.push_back(JsonOf(param));
  return Json(
      200, {{"name", recipe->name}, {"description", recipe->description}, {"parameters", params}});
}

Result<http::Response> SubmitJob(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(CheckQuery(call, {}));
  std::optional<http::Response> refusal;
  ARROW_ASSIGN_OR_RAISE(nlohmann::json body, JsonBodyOf(call, &refusal));
  if (refusal) return *std::move(refusal);
  if (!body.contains("recipe")) return WrongUsage("no recipe is named: field=recipe");
  FieldReader fields(std::move(body));
  JobRequest request{.recipe = fields.Text("recipe", ""),
                     .set = fields.Texts("set"),
                     .limit = fields.Integer("limit", -1, 0, kLimitMax),
                     .seed = fields.Integer("seed", -1, 0, kSeedMax),
                     .dry_run = fields.Bool("dry_run", false),
                     .push = fields.Bool("push", false)};
  ARROW_RETURN_NOT_OK(fields.Finish());
  const CatalogRecipe* recipe = call.api.recipes().Find(request.recipe);
  if (recipe == nullptr) return Problem(404, "Recipe not found; see /api/v1/recipes");
  if (request.push && !call.api.options().allow_push) {
    return Problem(403,
                   "this server does not publish; its operator may start it with --allow-push");
  }
  request.recipe_file = recipe->file;
  const int64_t seed = request.seed < 0 ? 42 : request.seed;
  ARROW_RETURN_NOT_OK(call.api.recipes().CheckValues(*recipe, request.set, seed));
  ARROW_ASSIGN_OR_RAISE(const std::optional<Job> job, call.api.jobs().Submit(request));
  if (!job) return TooMany("too many jobs wait");
  http::Response response = Json(202, JsonOf(*job));
  response.Set("Location", "/api/v1/jobs/" + job->id);
  return response;
}

Result<http::Response> ListJobs(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(CheckQuery(call, {"state", "limit", "before", "recipe"}));
  JobFilter filter;
  if (const std::string* state = http::FindPair(call.request.query, "state")) {
    filter.state = StateNamed(*state);
    if (!filter.state) return WrongUsage("no such state: query=state");
  }
  ARROW_ASSIGN_OR_RAISE(filter.count_max, NumberOf(call, "limit", kPageDefault, 1, kPageMax));
  if (const std::string* before = http::FindPair(call.request.query, "before")) {
    filter.before = ParseNumber(*before).value_or(0);
    if (filter.before < 1) return WrongUsage("not the `next` of a page: query=before");
  }
  filter.recipe = call.request.Query("recipe");
  const int64_t wanted = filter.count_max++;  // One more tells whether there is a next page.
  ARROW_ASSIGN_OR_RAISE(std::vector<Job> jobs, call.api.jobs().List(filter));
  const bool more = jobs.size() > static_cast<size_t>(wanted);
  if (more) jobs.pop_back();
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Job& job : jobs) {
    list.push_back(JsonOf(job));
    nlohmann::ordered_json& progress = list.back()["progress"];
    if (progress.is_object()) progress.erase("datasets");  // Long, of many jobs.
  }
  return Json(200, {{"jobs", list},
                    {"next", more ? nlohmann::ordered_json(Concat(jobs.back().number)) : nullptr}});
}

Result<http::Response> ShowJob(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(CheckQuery(call, {}));
  std::optional<http::Response> refusal;
  ARROW_ASSIGN_OR_RAISE(const Job job, JobOfPath(call, &refusal));
  if (refusal) return *std::move(refusal);
  return Json(200, JsonOf(job));
}

Result<http::Response> CancelJob(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(CheckQuery(call, {}));
  std::optional<http::Response> refusal;
  ARROW_ASSIGN_OR_RAISE(Job job, JobOfPath(call, &refusal));
  if (refusal) return *std::move(refusal);
  ARROW_ASSIGN_OR_RAISE(const CancelOutcome outcome, call.api.jobs().Cancel(job.id));
  if (outcome == CancelOutcome::kEndedBefore) return Problem(409, "the job has ended already");
  ARROW_ASSIGN_OR_RAISE(job, JobOfPath(call, &refusal));
  return Json(outcome == CancelOutcome::kCancelled ? 200 : 202, JsonOf(job));
}

}  // namespace hubmill::server

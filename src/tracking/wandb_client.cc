#include "tracking/wandb_client.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/base64.h"
#include "net/http_client.h"

namespace hubmill {
namespace {

constexpr int64_t kStallSeconds = 15;  // A tracker never holds a run up for long.
constexpr int kAttemptsMax = 3;
constexpr int64_t kAlertWaitMs = 60'000;  // The SDK's own.

constexpr char kUpsertBucket[] =
    "mutation UpsertBucket($name: String, $project: String, $entity: String, $config: JSONString, "
    "$jobType: String, $tags: [String!]) { upsertBucket(input: {name: $name, modelName: $project, "
    "entityName: $entity, config: $config, jobType: $jobType, tags: $tags}) { bucket { id name "
    "project { id name entity { id name } } } inserted } }";

constexpr char kNotifyScriptableRunAlert[] =
    "mutation NotifyScriptableRunAlert($entityName: String!, $projectName: String!, "
    "$runName: String!, $title: String!, $text: String!, $severity: AlertSeverity = INFO, "
    "$waitDuration: Duration) { notifyScriptableRunAlert(input: {entityName: $entityName, "
    "projectName: $projectName, runName: $runName, title: $title, text: $text, "
    "severity: $severity, waitDuration: $waitDuration}) { success } }";

Status ServiceFailed(const std::string& message) { return Failure(FailureKind::kService, message); }

/// Of a name in a path.
std::string PathPart(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += "0123456789ABCDEF"[uint8_t(c) >> 4];
      out += "0123456789ABCDEF"[uint8_t(c) & 15];
    }
  }
  return out;
}

}  // namespace

struct WandbClient::State {
  std::string entity, project, run;
  double started = 0;
  int64_t history_lines = 0;
  TrackJson summary = TrackJson::object();
};

WandbClient::WandbClient(WandbSettings settings)
    : settings_(std::move(settings)), state_(std::make_unique<State>()) {}

WandbClient::~WandbClient() = default;

Result<std::unique_ptr<WandbClient>> WandbClient::Make(const WandbSettings& settings) {
  std::unique_ptr<WandbClient> out(new WandbClient(settings));
  ARROW_ASSIGN_OR_RAISE(
      out->http_,
      HttpClient::Make({.retry = {.attempts_max = kAttemptsMax},
                        .secrets = {settings.api_key, Base64("api:" + settings.api_key)},
                        .clock = settings.clock}));
  return out;
}

Result<std::string> WandbClient::Post(const std::string& path, const std::string& body) {
  HttpRequest request{.method = "POST",
                      .url = settings_.base_url + path,
                      .headers = {"Content-Type: application/json",
                                  "Authorization: Basic " + Base64("api:" + settings_.api_key)},
                      .body = body,
                      .follow_other_origins = false,
                      .stall_s = kStallSeconds};
  ARROW_ASSIGN_OR_RAISE(HttpResponse response, http_->Send(request));
  if (response.status == 401 || response.status == 403) {
    return ServiceFailed(Concat("W&B refused the key: status=", response.status,
                                "; remedy: check WANDB_API_KEY and WANDB_BASE_URL"));
  }
  if (!response.ok()) {
    return ServiceFailed(Concat("W&B did not take an event: status=", response.status, " url=",
                                settings_.base_url, "; remedy: hubmill track sync, later"));
  }
  return std::move(response.body);
}

Status WandbClient::Mutate(const char* query, const TrackJson& variables, TrackJson* data) {
  ARROW_ASSIGN_OR_RAISE(
      const std::string answer,
      Post("/graphql", TrackJson{{"query", query}, {"variables", variables}}.dump()));
  *data = TrackJson::parse(answer, nullptr, /*allow_exceptions=*/false);
  if (data->is_object() && data->contains("data") && !data->contains("errors")) return Status::OK();
  return ServiceFailed("W&B refused an event; remedy: check WANDB_ENTITY and the project's name");
}

Status WandbClient::SendStart(const TrackJson& event) {
  TrackJson config = TrackJson::object();
  for (const auto& [key, value] : event.at("config").items()) config[key] = {{"value", value}};
  const std::string entity = event.at("entity");
  TrackJson answer;
  ARROW_RETURN_NOT_OK(Mutate(kUpsertBucket,
                             {{"name", event.at("run")},
                              {"project", event.at("project")},
                              {"entity", entity.empty() ? TrackJson() : TrackJson(entity)},
                              {"config", config.dump()},
                              {"jobType", event.at("job_type")},
                              {"tags", event.at("tags")}},
                             &answer));
  const auto text = [&answer](const char* pointer) {
    const TrackJson::json_pointer at(pointer);
    return answer.contains(at) && answer[at].is_string() ? answer[at].get<std::string>() : "";
  };
  state_->run = text("/data/upsertBucket/bucket/name");
  state_->project = text("/data/upsertBucket/bucket/project/name");
  state_->entity = text("/data/upsertBucket/bucket/project/entity/name");
  state_->started = event.at("time");
  if (state_->run.empty() || state_->project.empty() || state_->entity.empty()) {
    return ServiceFailed("W&B's answer is malformed; remedy: check WANDB_BASE_URL");
  }
  return Status::OK();
}

Status WandbClient::Stream(const TrackJson& body) {
  const std::string path =
      Concat("/files/", PathPart(state_->entity), "/", PathPart(state_->project), "/",
             PathPart(state_->run), "/file_stream");
  return Post(path, body.dump()).status();
}

Status WandbClient::SendLog(const TrackJson& event) {
  const double time = event.at("time");
  TrackJson line = {{"_timestamp", time},
                    {"_runtime", std::max(0.0, time - state_->started)},
                    {"_step", event.at("step")}};
  line.update(event.at("values"));
  state_->summary.update(line);
  const int64_t offset = state_->history_lines++;
  return Stream({{"files",
                  {{"wandb-history.jsonl",
                    {{"offset", offset}, {"content", TrackJson::array({line.dump()})}}},
                   {"wandb-summary.json",
                    {{"offset", 0}, {"content", TrackJson::array({state_->summary.dump()})}}}}}});
}

Status WandbClient::SendAlert(const TrackJson& event) {
  TrackJson answer;
  return Mutate(kNotifyScriptableRunAlert,
                {{"entityName", state_->entity},
                 {"projectName", state_->project},
                 {"runName", state_->run},
                 {"title", event.at("title")},
                 {"text", event.at("text")},
                 {"severity", event.at("level")},
                 {"waitDuration", kAlertWaitMs}},
                &answer);
}

Status WandbClient::Send(const TrackJson& event, bool sent) {
  const std::string kind = event.at("event");
  if (kind == "start") return SendStart(event);
  if (kind == "log") return SendLog(event);
  if (kind == "alert") return sent ? Status::OK() : SendAlert(event);
  return Stream({{"complete", true}, {"exitcode", event.at("exit_code")}});
}

}  // namespace hubmill

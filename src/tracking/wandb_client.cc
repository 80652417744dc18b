#include "tracking/wandb_client.h"

#include <algorithm>
#include <utility>

#include "base/base64.h"
#include "net/http_client.h"
#include "net/redact.h"
#include "net/url.h"

namespace hubmill {
namespace {

// A tracker never holds a run up for long: at most three tries, each soon given up.
constexpr int64_t kConnectMs = 5'000;
constexpr int64_t kStallSeconds = 10;
constexpr RetryOptions kRetry = {
    .attempts_max = 3, .delay_ms_max = 2'000, .server_wait_ms_max = 5'000};
constexpr int64_t kAnswerBytesMax = 1 << 20;
constexpr int64_t kAlertWaitMs = 60'000;  // Between alerts of one title; the SDK's own.

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

Status ServiceFailed(std::string message) {
  return Failure(FailureKind::kService, std::move(message));
}

/// As text of JSON; bytes that are no UTF-8 become U+FFFD.
std::string TextOf(const TrackJson& json) {
  return json.dump(-1, ' ', false, TrackJson::error_handler_t::replace);
}

/// The `data` of a GraphQL answer.
Result<TrackJson> DataOf(std::string_view answer) {
  TrackJson json = TrackJson::parse(answer, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("data")) {
    return ServiceFailed("W&B's answer is malformed; remedy: check WANDB_BASE_URL");
  }
  if (json.contains("errors")) {
    return ServiceFailed("W&B refused an event; remedy: check WANDB_ENTITY and the project's name");
  }
  return std::move(json["data"]);
}

}  // namespace

Result<WandbRun> ParseWandbRun(std::string_view answer) {
  ARROW_ASSIGN_OR_RAISE(const TrackJson data, DataOf(answer));
  const auto text = [&data](const char* pointer) {
    const TrackJson::json_pointer at(pointer);
    return data.contains(at) && data[at].is_string() ? data[at].get<std::string>() : "";
  };
  WandbRun run{.entity = text("/upsertBucket/bucket/project/entity/name"),
               .project = text("/upsertBucket/bucket/project/name"),
               .name = text("/upsertBucket/bucket/name")};
  if (run.entity.empty() || run.project.empty() || run.name.empty()) {
    return ServiceFailed("W&B's answer is malformed; remedy: check WANDB_BASE_URL");
  }
  return run;
}

WandbClient::WandbClient(WandbSettings settings) : settings_(std::move(settings)) {}

WandbClient::~WandbClient() = default;

Result<std::unique_ptr<WandbClient>> WandbClient::Make(const WandbSettings& settings) {
  std::unique_ptr<WandbClient> out(new WandbClient(settings));
  ARROW_ASSIGN_OR_RAISE(
      out->http_,
      HttpClient::Make({.connect_timeout_ms = kConnectMs,
                        .retry = kRetry,
                        .secrets = {settings.api_key, Base64("api:" + settings.api_key)},
                        .clock = settings.clock}));
  return out;
}

Result<std::string> WandbClient::Post(const std::string& path, const TrackJson& body) {
  const HttpRequest request{
      .method = "POST",
      .url = settings_.base_url + path,
      .headers = {"Content-Type: application/json",
                  "Authorization: Basic " + Base64("api:" + settings_.api_key)},
      .body = TextOf(body),
      .response_bytes_max = kAnswerBytesMax,
      .follow_other_origins = false,
      .stall_s = kStallSeconds};
  ARROW_ASSIGN_OR_RAISE(HttpResponse response, http_->Send(request));
  if (response.status == 401 || response.status == 403) {
    return ServiceFailed(Concat("W&B refused the key: status=", response.status,
                                "; remedy: check WANDB_API_KEY and WANDB_BASE_URL"));
  }
  if (!response.ok()) {
    return ServiceFailed(Concat("W&B did not take an event: status=", response.status, " url=",
                                OneLine(settings_.base_url, 200), "; remedy: try again later"));
  }
  return std::move(response.body);
}

Result<std::string> WandbClient::Mutate(const char* query, const TrackJson& variables) {
  return Post("/graphql", {{"query", query}, {"variables", variables}});
}

Status WandbClient::SendStart(const TrackJson& event) {
  TrackJson config = TrackJson::object();
  for (const auto& item : event.at("config").items()) {
    config[item.key()] = {{"value", item.value()}};
  }
  const std::string entity = event.at("entity");
  const TrackJson& tags = event.at("tags");
  ARROW_ASSIGN_OR_RAISE(
      const std::string answer,
      Mutate(kUpsertBucket, {{"name", event.at("run")},
                             {"project", event.at("project")},
                             {"entity", entity.empty() ? TrackJson() : TrackJson(entity)},
                             {"config", TextOf(config)},
                             {"jobType", event.at("job_type")},
                             {"tags", tags.empty() ? TrackJson() : tags}}));
  ARROW_ASSIGN_OR_RAISE(run_, ParseWandbRun(answer));
  started_ = event.at("time");
  return Status::OK();
}

Status WandbClient::Stream(const TrackJson& body) {
  const std::string path = Concat("/files/", EncodeUrl(run_.entity), "/", EncodeUrl(run_.project),
                                  "/", EncodeUrl(run_.name), "/file_stream");
  return Post(path, body).status();
}

Status WandbClient::SendLog(const TrackJson& event, bool sent) {
  const double time = event.at("time");
  const double runtime = std::max(0.0, time - started_);
  TrackJson line = event.at("values");
  line.update({{"_timestamp", time}, {"_runtime", runtime}, {"_step", event.at("step")}});
  summary_.update(line);
  summary_["_wandb"] = {{"runtime", int64_t(runtime)}};
  const int64_t offset = history_lines_++;
  if (sent) return Status::OK();
  return Stream({{"files",
                  {{"wandb-history.jsonl",
                    {{"offset", offset}, {"content", TrackJson::array({TextOf(line)})}}},
                   {"wandb-summary.json",
                    {{"offset", 0}, {"content", TrackJson::array({TextOf(summary_)})}}}}}});
}

Status WandbClient::SendAlert(const TrackJson& event) {
  ARROW_ASSIGN_OR_RAISE(const std::string answer,
                        Mutate(kNotifyScriptableRunAlert, {{"entityName", run_.entity},
                                                           {"projectName", run_.project},
                                                           {"runName", run_.name},
                                                           {"title", event.at("title")},
                                                           {"text", event.at("text")},
                                                           {"severity", event.at("level")},
                                                           {"waitDuration", kAlertWaitMs}}));
  return DataOf(answer).status();
}

Status WandbClient::Send(const TrackJson& event, bool sent) {
  const std::string kind = event.at("event");
  if (kind == "start") return SendStart(event);
  if (kind == "log") return SendLog(event, sent);
  if (sent) return Status::OK();
  if (kind == "alert") return SendAlert(event);
  return Stream({{"complete", true}, {"exitcode", event.at("exit_code")}});
}

}  // namespace hubmill

#include "run/track.h"

#include <utility>

#include "net/http_client.h"
#include "net/redact.h"
#include "run/hub_access.h"

namespace hubmill {
namespace {

/// With an address that may be wrong.
WandbSettings WandbSettingsIn(const EnvironmentLookup& settings) {
  WandbSettings out{.api_key = settings("WANDB_API_KEY").value_or("")};
  if (const auto url = settings("WANDB_BASE_URL"); url && !url->empty()) out.base_url = *url;
  while (out.base_url.ends_with('/')) out.base_url.pop_back();
  return out;
}

Status CheckAddress(const WandbSettings& settings) {
  const std::string& url = settings.base_url;
  if (url.starts_with("https://") || url.starts_with("http://")) return Status::OK();
  return WrongUsage("not the URL of a W&B server: WANDB_BASE_URL; remedy: https://api.wandb.ai");
}

std::vector<std::string> SecretsOf(const Recipe& recipe) {
  std::vector<std::string> secrets = {recipe.on_failure.webhook};
  for (const RecipeParam& param : recipe.params) {
    if (param.secret) secrets.push_back(param.value);
  }
  return secrets;
}

/// "DATASET_rows_read" and the like; one data set's without its name.
TrackJson FactsOf(const RunReport& report) {
  TrackJson facts = TrackJson::object();
  for (const DatasetReport& dataset : report.datasets) {
    const std::string prefix = report.datasets.size() == 1 ? "" : dataset.name + "_";
    facts[prefix + "rows_read"] = dataset.rows_read;
    facts[prefix + "rows_written"] = dataset.rows_written;
    for (const auto& [split, rows] : dataset.split_rows) facts[prefix + split + "_rows"] = rows;
  }
  facts["processing_seconds"] = report.wall_s;
  if (report.publish) facts["push_status"] = report.publish->IsNews() ? "success" : "unchanged";
  return facts;
}

Status TellOutcome(Tracker& tracker, const Recipe& recipe, const Result<RunReport>& report) {
  if (!report.ok()) {
    ARROW_RETURN_NOT_OK(tracker.Log({{"status", "failed"}}));
    ARROW_RETURN_NOT_OK(tracker.Alert(AlertLevel::kError, recipe.name + " failed",
                                      recipe.Redact(report.status().message())));
    return tracker.Finish(int(KindOf(report.status())));
  }
  ARROW_RETURN_NOT_OK(tracker.Log(FactsOf(*report)));
  if (report->publish && report->publish->IsNews()) {
    ARROW_RETURN_NOT_OK(tracker.Alert(AlertLevel::kInfo, recipe.name + " published",
                                      "Published to " + report->publish->repo));
  }
  ARROW_RETURN_NOT_OK(tracker.Log({{"status", "completed"}}));
  return tracker.Finish(0);
}

}  // namespace

Result<WandbSettings> FindWandbSettings() {
  ARROW_ASSIGN_OR_RAISE(const EnvironmentLookup settings, FindSettings());
  const WandbSettings wandb = WandbSettingsIn(settings);
  ARROW_RETURN_NOT_OK(CheckAddress(wandb));
  return wandb;
}

Result<std::unique_ptr<Tracker>> StartTracker(const std::string& tracker, const std::string& folder,
                                              std::vector<std::string> secrets, TrackedRun run) {
  ARROW_ASSIGN_OR_RAISE(const EnvironmentLookup settings, FindSettings());
  TrackOptions options{
      .folder = folder, .wandb = WandbSettingsIn(settings), .secrets = std::move(secrets)};
  const bool has_key = !options.wandb.api_key.empty();
  ARROW_ASSIGN_OR_RAISE(options.kind, TrackerKindOf(!tracker.empty() ? tracker
                                                    : has_key        ? "wandb"
                                                                     : "jsonl"));
  if (options.kind == TrackerKind::kWandb && !has_key) {
    return WrongUsage("there is no key for W&B; remedy: set WANDB_API_KEY, or write it to .env");
  }
  if (options.kind == TrackerKind::kWandb) ARROW_RETURN_NOT_OK(CheckAddress(options.wandb));
  options.secrets.push_back(options.wandb.api_key);
  for (const char* name : {"WANDB_PROJECT", "WANDB_PROJECT_NAME"}) {
    if (const auto value = settings(name); value && !value->empty()) run.project = *value;
  }
  if (const auto value = settings("WANDB_ENTITY"); value && !value->empty()) run.entity = *value;
  return Tracker::Start(std::move(options), run);
}

Status CallFailureWebhook(const std::string& url, const Recipe& recipe, const Status& failure,
                          const std::vector<std::string>& secrets) {
  const std::string error = Redact(recipe.Redact(failure.message()), secrets);
  TrackJson body = {{"text", Concat("hubmill: ", recipe.name, " failed: ", error)},
                    {"recipe", recipe.name},
                    {"data_sets", TrackJson::array()},
                    {"error", error},
                    {"exit_status", int(KindOf(failure))}};
  for (const DatasetRecipe& dataset : recipe.datasets) body["data_sets"].push_back(dataset.name);
  const auto failed = [](const std::string& why) {
    return Failure(FailureKind::kService, "the webhook of on_failure was not told: why=" + why +
                                              "; remedy: check its URL");
  };
  ARROW_ASSIGN_OR_RAISE(auto http,
                        HttpClient::Make({.connect_timeout_ms = 5'000,
                                          .retry = {.attempts_max = 2, .server_wait_ms_max = 2'000},
                                          .secrets = {url}}));
  const auto answer =
      http->Send({.method = "POST",
                  .url = url,
                  .headers = {"Content-Type: application/json"},
                  .body = body.dump(-1, ' ', false, TrackJson::error_handler_t::replace),
                  .follow_other_origins = false,
                  .stall_s = 5});
  if (!answer.ok()) return failed("no answer");
  return answer->ok() ? Status::OK() : failed(Concat("status ", answer->status));
}

Result<RunReport> RunFollowed(const Recipe& recipe, const std::string& tracker,
                              const std::function<Result<RunReport>()>& run,
                              std::vector<std::string>* warnings) {
  const TrackRecipe track = recipe.track.value_or(TrackRecipe());
  const std::string kind = tracker.empty() && !recipe.track ? "none" : tracker;
  ARROW_ASSIGN_OR_RAISE(
      const auto follower,
      StartTracker(kind, track.folder, SecretsOf(recipe),
                   {.project = track.project,
                    .job_type = track.job_type,
                    .tags = track.tags,
                    .config = {{"recipe", recipe.name}, {"hubmill", Version()}}}));
  ARROW_RETURN_NOT_OK(follower->Log({{"status", "starting"}}));
  Result<RunReport> report = run();
  if (!report.ok() && !recipe.on_failure.webhook.empty()) {
    const Status told =
        CallFailureWebhook(recipe.on_failure.webhook, recipe, report.status(), SecretsOf(recipe));
    if (!told.ok()) warnings->push_back(told.message());
  }
  const Status told = TellOutcome(*follower, recipe, report);
  if (!follower->warning().empty()) warnings->push_back(follower->warning());
  if (!told.ok() && report.ok()) return told;
  return report;
}

}  // namespace hubmill

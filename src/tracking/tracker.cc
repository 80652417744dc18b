#include "tracking/tracker.h"

#include <nlohmann/json.hpp>
#include <random>
#include <utility>

#include "base/clock.h"

namespace hubmill {
namespace {

SystemClock& RealClock() {
  static SystemClock clock;
  return clock;
}

/// As W&B names its runs: 8 letters and digits.
std::string NewRunId() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 8; ++i) id += "abcdefghijklmnopqrstuvwxyz0123456789"[random() % 36];
  return id;
}

void Redact(const std::vector<std::string>& secrets, TrackJson* json) {
  if (json->is_string()) {
    std::string text = *json;
    for (const std::string& secret : secrets) {
      if (secret.empty()) continue;
      for (size_t at = 0; (at = text.find(secret, at)) != text.npos; at += 3) {
        text.replace(at, secret.size(), "***");
      }
    }
    *json = text;
  }
  if (json->is_structured()) {
    for (auto& item : *json) Redact(secrets, &item);
  }
}

}  // namespace

Result<TrackerKind> TrackerKindOf(const std::string& name) {
  if (name == "none") return TrackerKind::kNone;
  if (name == "jsonl") return TrackerKind::kJsonl;
  if (name == "wandb") return TrackerKind::kWandb;
  return WrongUsage("no such tracker: tracker=", name, "; remedy: none, jsonl or wandb");
}

Tracker::~Tracker() = default;

double Tracker::Now() const {
  Clock* clock = options_.clock != nullptr ? options_.clock : &RealClock();
  return double(clock->UnixNanos() / 1000) / 1e6;
}

Result<std::unique_ptr<Tracker>> Tracker::Start(TrackOptions options, const TrackedRun& run) {
  std::unique_ptr<Tracker> out(new Tracker(std::move(options)));
  if (out->options_.kind == TrackerKind::kNone) return out;
  const std::string id = NewRunId();
  out->file_ = Concat(out->options_.folder, "/", id, ".jsonl");
  ARROW_ASSIGN_OR_RAISE(EventLog log, EventLog::Create(out->file_));
  out->log_ = std::make_unique<EventLog>(std::move(log));
  if (out->options_.kind == TrackerKind::kWandb) {
    ARROW_ASSIGN_OR_RAISE(out->wandb_, WandbClient::Make(out->options_.wandb));
  }
  ARROW_RETURN_NOT_OK(
      out->Tell("start", {{"run", id},
                          {"project", run.project},
                          {"entity", run.entity},
                          {"job_type", run.job_type},
                          {"tags", run.tags},
                          {"config", run.config != nullptr ? *run.config : TrackJson::object()}}));
  return out;
}

Status Tracker::Log(const TrackJson& values) {
  return Tell("log", {{"step", step_++}, {"values", values}});
}

Status Tracker::Alert(AlertLevel level, const std::string& title, const std::string& text) {
  const char* name = level == AlertLevel::kInfo   ? "INFO"
                     : level == AlertLevel::kWarn ? "WARN"
                                                  : "ERROR";
  return Tell("alert", {{"title", title}, {"text", text}, {"level", name}});
}

Status Tracker::Finish(int exit_code) { return Tell("finish", {{"exit_code", exit_code}}); }

Status Tracker::Tell(const char* kind, const TrackJson& fields) {
  if (log_ == nullptr) return Status::OK();
  TrackJson event = {{"event", kind}, {"time", Now()}};
  event.update(fields);
  Redact(options_.secrets, &event);
  ARROW_RETURN_NOT_OK(log_->Append(event));
  ++events_;
  if (wandb_ != nullptr) SendLive(event);
  return Status::OK();
}

void Tracker::SendLive(const TrackJson& event) {
  Status status = wandb_->Send(event);
  if (status.ok()) status = WriteSentCount(file_, events_);
  if (status.ok()) return;
  warning_ =
      Concat("the tracker's events wait: ", status.message(), "; then: hubmill track sync ", file_);
  wandb_.reset();
}

Result<int64_t> SyncEvents(const std::string& file, const WandbSettings& settings) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<TrackJson> events, EventLog::Load(file));
  const int64_t sent = ReadSentCount(file);
  const auto count = int64_t(events.size());
  if (sent >= count) return 0;
  ARROW_ASSIGN_OR_RAISE(auto wandb, WandbClient::Make(settings));
  for (int64_t i = 0; i < count; ++i) {
    ARROW_RETURN_NOT_OK(wandb->Send(events[size_t(i)], /*sent=*/i < sent));
    if (i >= sent) ARROW_RETURN_NOT_OK(WriteSentCount(file, i + 1));
  }
  return count - sent;
}

}  // namespace hubmill

#include "tracking/tracker.h"

#include <ctime>
#include <random>
#include <utility>

#include "base/clock.h"
#include "net/redact.h"

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

/// "20260131_235959", UTC.
std::string DayAndTime(int64_t unix_nanos) {
  const std::time_t seconds = unix_nanos / 1'000'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y%m%d_%H%M%S", &parts)};
}

void RedactAll(const std::vector<std::string>& secrets, TrackJson* json) {
  if (json->is_string()) *json = Redact(json->get<std::string>(), secrets);
  if (!json->is_structured()) return;
  for (auto& item : *json) RedactAll(secrets, &item);
}

const char* NameOf(AlertLevel level) {
  switch (level) {
    case AlertLevel::kInfo:
      return "INFO";
    case AlertLevel::kWarn:
      return "WARN";
    case AlertLevel::kError:
      break;
  }
  return "ERROR";
}

}  // namespace

Result<TrackerKind> TrackerKindOf(const std::string& name) {
  if (name == "none") return TrackerKind::kNone;
  if (name == "jsonl") return TrackerKind::kJsonl;
  if (name == "wandb") return TrackerKind::kWandb;
  return WrongUsage("no such tracker: tracker=", name, "; remedy: none, jsonl or wandb");
}

Tracker::Tracker(TrackOptions options) : options_(std::move(options)) {
  if (options_.clock == nullptr) options_.clock = &RealClock();
}

Tracker::~Tracker() = default;

Result<std::unique_ptr<Tracker>> Tracker::Start(TrackOptions options, const TrackedRun& run) {
  std::unique_ptr<Tracker> out(new Tracker(std::move(options)));
  const TrackOptions& settings = out->options_;
  if (settings.kind == TrackerKind::kNone) return out;
  const std::string id = NewRunId();
  out->file_ =
      Concat(settings.folder, "/", DayAndTime(settings.clock->UnixNanos()), "-", id, ".jsonl");
  ARROW_ASSIGN_OR_RAISE(EventLog log, EventLog::Create(out->file_));
  out->log_ = std::make_unique<EventLog>(std::move(log));
  if (settings.kind == TrackerKind::kWandb) {
    ARROW_ASSIGN_OR_RAISE(out->wandb_, WandbClient::Make(settings.wandb));
  }
  ARROW_RETURN_NOT_OK(out->Tell("start", {{"run", id},
                                          {"project", run.project},
                                          {"entity", run.entity},
                                          {"job_type", run.job_type},
                                          {"tags", run.tags},
                                          {"config", run.config}}));
  return out;
}

Status Tracker::Log(const TrackJson& values) {
  return Tell("log", {{"step", step_++}, {"values", values}});
}

Status Tracker::Alert(AlertLevel level, const std::string& title, const std::string& text) {
  return Tell("alert", {{"title", title}, {"text", text}, {"level", NameOf(level)}});
}

Status Tracker::Finish(int exit_code) { return Tell("finish", {{"exit_code", exit_code}}); }

Status Tracker::Tell(const char* kind, const TrackJson& fields) {
  if (log_ == nullptr) return Status::OK();
  const double time = double(options_.clock->UnixNanos() / 1000) / 1e6;
  TrackJson event = {{"event", kind}, {"time", time}};
  event.update(fields);
  RedactAll(options_.secrets, &event);
  ARROW_RETURN_NOT_OK(log_->Append(event));
  ++events_;
  if (wandb_ != nullptr) SendLive(event);
  return Status::OK();
}

void Tracker::SendLive(const TrackJson& event) {
  Status status = wandb_->Send(event);
  if (status.ok()) status = WriteSentCount(file_, events_);
  if (status.ok()) return;
  warning_ = Concat("events wait for `hubmill track sync ", file_,
                    "`: ", Redact(status.message(), options_.secrets));
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

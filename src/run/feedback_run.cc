#include "run/feedback_run.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <memory>

#include "base/clock.h"
#include "core/too_few_rows.h"
#include "io/postgres/pg_snapshot.h"
#include "io/postgres/postgres_source.h"
#include "io/temporary_folder.h"
#include "run/published_commit.h"
#include "run/track.h"
#include "run/version_facts.h"

namespace hubmill {
namespace {

std::string TitleOf(const std::string& label, const char* what) {
  std::string title = label;
  if (!title.empty() && title[0] >= 'a' && title[0] <= 'z') title[0] = char(title[0] - 32);
  return title + " Dataset " + what;
}

/// The rows that a min_rows stage counted, else those that were read.
int64_t FetchedRows(const RunReport& report) {
  int64_t rows = 0;
  for (const DatasetReport& dataset : report.datasets) {
    const auto found =
        std::find_if(dataset.stages.begin(), dataset.stages.end(),
                     [](const StageReport& stage) { return stage.name == "min_rows"; });
    rows += found == dataset.stages.end() ? dataset.rows_read : found->rows_in;
  }
  return rows;
}

int WorstOf(const std::vector<FeedbackSetReport>& sets) {
  int worst = 0;
  for (const FeedbackSetReport& set : sets) {
    if (set.outcome != FeedbackOutcome::kFailed) continue;
    worst = WorseExitStatus(worst, int(KindOf(set.status)));
  }
  return worst;
}

std::vector<std::string> SecretsOf(const std::vector<FeedbackSet>& sets) {
  std::vector<std::string> secrets;
  for (const FeedbackSet& set : sets) {
    secrets.push_back(set.recipe.on_failure.webhook);
    for (const RecipeParam& param : set.recipe.params) {
      if (param.secret) secrets.push_back(param.value);
    }
  }
  return secrets;
}

class FeedbackRun {
 public:
  FeedbackRun(const FeedbackOptions& options, HubClient* hub, Tracker& tracker, Progress* progress)
      : options_(options), hub_(hub), tracker_(tracker), progress_(progress) {}

  FeedbackReport Run();
  /// TellOfFailure().
  std::vector<std::string> Fail(const FeedbackSet& set, const Status& why);

 private:
  /// Telling others never keeps the work from being done.
  void Log(const std::string& name, const TrackJson& value) { Note(tracker_.Log({{name, value}})); }
  void Alert(AlertLevel level, const std::string& title, const std::string& text) {
    Note(tracker_.Alert(level, title, text));
  }
  void Note(const Status& told) {
    std::vector<std::string>& notes = report_.notes;  // A full disk is one of them, not ten.
    const bool known = std::find(notes.begin(), notes.end(), told.message()) != notes.end();
    if (!told.ok() && !known) notes.push_back(told.message());
  }

  void HoldSnapshots();
  Status HoldSnapshot(const Setting& source);
  Status WhyAway(const FeedbackSet& set) const;
  void RunSet(const FeedbackSet& set);
  Status Prepare(const FeedbackSet& set, FeedbackSetReport* report);
  void TellOf(const FeedbackSetReport& set);
  void CallWebhook(const Recipe& recipe, const Status& failure);
  void Finish();
  void PauseSpace();
  bool cancelled() const { return progress_ != nullptr && progress_->cancel.load(); }

  const FeedbackOptions& options_;
  HubClient* const hub_;
  Tracker& tracker_;
  Progress* const progress_;
  std::vector<std::shared_ptr<PgSnapshot>> snapshots_;
  std::map<std::string, Status> databases_;  // By URL: whether they answer.
  FeedbackReport report_;
};

Status FeedbackRun::HoldSnapshot(const Setting& source) {
  ErrorList errors;  // None: the recipe has been checked.
  const auto options = OptionTable<PostgresOptions>().Read(source, {}, &errors);
  const auto [known, is_new] = databases_.emplace(options.url, Status::OK());
  if (!is_new) return Status::OK();
  const auto snapshot =
      PgSnapshot::Share({.url = options.url,
                         .connect_timeout_s = options.connect_timeout_s,
                         .cancel = progress_ != nullptr ? &progress_->cancel : nullptr},
                        options.retries);
  if (snapshot.ok()) snapshots_.push_back(*snapshot);
  return known->second = snapshot.status();
}

/// One state of each database, for all labels; also the check that it answers at all.
void FeedbackRun::HoldSnapshots() {
  bool all = true;
  for (const FeedbackSet& set : options_.sets) {
    for (const DatasetRecipe& dataset : set.recipe.datasets) {
      if (dataset.source.name != "postgres") continue;
      const Status held = HoldSnapshot(dataset.source.options);
      if (held.ok()) continue;
      all = false;
      Alert(AlertLevel::kError, "Database Connection Failed", set.recipe.Redact(held.message()));
    }
  }
  Log("db_connection_status", all ? "success" : "failed");
}

/// Without its database there is nothing to try for a label.
Status FeedbackRun::WhyAway(const FeedbackSet& set) const {
  for (const DatasetRecipe& dataset : set.recipe.datasets) {
    if (dataset.source.name != "postgres") continue;
    const Status& answer = databases_.at(dataset.source.options.Find("url")->scalar);
    if (!answer.ok()) return answer.WithMessage(set.recipe.Redact(answer.message()));
  }
  return Status::OK();
}

/// One label: prepared, and published where a Hub is there.
Status FeedbackRun::Prepare(const FeedbackSet& set, FeedbackSetReport* report) {
  PublishOptions publish = PublishOptionsOf(set.recipe);
  publish.dry_run = options_.run.dry_run;
  if (options_.create_public) publish.create_private = false;
  if (hub_ != nullptr) ARROW_RETURN_NOT_OK(CheckPublish(*hub_, publish));
  RunOptions run = options_.run;
  run.dry_run = false;
  run.output_dir = options_.out_dir + "/" + set.label;
  std::unique_ptr<TemporaryFolder> temporary;
  if (options_.run.dry_run) {
    ARROW_ASSIGN_OR_RAISE(temporary, TemporaryFolder::Make("dry-run"));
    run.output_dir = temporary->path() + "/" + set.label;
  }
  ARROW_ASSIGN_OR_RAISE(report->run, RunRecipe(set.recipe, run, progress_));
  report->fetched = FetchedRows(*report->run);
  Log(set.label + "_records_fetched", report->fetched);
  report->outcome = FeedbackOutcome::kPrepared;
  if (temporary != nullptr) report->run->output_dir.clear();
  if (hub_ == nullptr) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(report->run->publish,
                        PublishFolder(*hub_, run.output_dir, publish, progress_));
  report->outcome = !report->run->publish->IsNews() ? FeedbackOutcome::kUnchanged
                    : options_.run.dry_run          ? FeedbackOutcome::kWouldPublish
                                                    : FeedbackOutcome::kPublished;
  return Status::OK();
}

void FeedbackRun::RunSet(const FeedbackSet& set) {
  FeedbackSetReport report{.label = set.label};
  const auto start = std::chrono::steady_clock::now();
  report.status = Prepare(set, &report);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!report.status.ok()) {
    report.status = report.status.WithMessage(set.recipe.Redact(report.status.message()));
    const auto too_few = AsTooFewRows(report.status);
    report.outcome = too_few ? FeedbackOutcome::kSkipped : FeedbackOutcome::kFailed;
    report.reason = report.status.message();
    if (too_few) {
      report.fetched = too_few->rows;
      report.reason = Concat("insufficient data (", too_few->rows, " < ", too_few->needed, ")");
      Log(set.label + "_records_fetched", report.fetched);
    } else {
      CallWebhook(set.recipe, report.status);
    }
  }
  TellOf(report);
  report_.sets.push_back(std::move(report));
}

void FeedbackRun::TellOf(const FeedbackSetReport& set) {
  const std::string status = set.label + "_push_status";
  Log(set.label + "_processing_seconds", set.seconds);
  switch (set.outcome) {
    case FeedbackOutcome::kPrepared:
    case FeedbackOutcome::kWouldPublish:
      return;
    case FeedbackOutcome::kUnchanged:
      return Log(status, "unchanged");
    case FeedbackOutcome::kPublished:
      Log(status, "success");
      return Alert(AlertLevel::kInfo, TitleOf(set.label, "Updated"),
                   Concat("Published ", set.run->publish->repo, " ", set.run->publish->tag,
                          " successfully."));
    case FeedbackOutcome::kSkipped:
      Log(status, "skipped_insufficient_data");
      return Alert(AlertLevel::kWarn, TitleOf(set.label, "Skipped"), set.reason);
    case FeedbackOutcome::kFailed:
      Log(status, "failed");
      return Alert(AlertLevel::kError, TitleOf(set.label, "Preparation Failed"), set.reason);
  }
}

void FeedbackRun::CallWebhook(const Recipe& recipe, const Status& failure) {
  const std::string& url = recipe.on_failure.webhook;
  if (!url.empty()) Note(CallFailureWebhook(url, recipe, failure, SecretsOf(options_.sets)));
}

std::vector<std::string> FeedbackRun::Fail(const FeedbackSet& set, const Status& why) {
  Alert(AlertLevel::kError, TitleOf(set.label, "Watch Failed"), why.message());
  CallWebhook(set.recipe, why);
  Log("status", "failed");
  Note(tracker_.Finish(int(KindOf(why))));
  if (!tracker_.warning().empty()) report_.notes.push_back(tracker_.warning());
  return std::move(report_.notes);
}

void FeedbackRun::PauseSpace() {
  const auto space = ParseRepoId(options_.space, RepoType::kSpace);
  report_.pause = space.ok() ? hub_->PauseSpace(*space).status() : space.status();
  Log("hf_space_pause", report_.pause->ok() ? "success" : "failed");
  if (report_.pause->ok()) return;
  Alert(AlertLevel::kWarn, "HF Space Pause Failed", report_.pause->message());
}

void FeedbackRun::Finish() {
  const auto is = [](FeedbackOutcome outcome) {
    return [outcome](const FeedbackSetReport& set) { return set.outcome == outcome; };
  };
  const auto& sets = report_.sets;
  report_.exit_status = WorstOf(sets);
  if (options_.fail_if_all_skipped &&
      std::all_of(sets.begin(), sets.end(), is(FeedbackOutcome::kSkipped))) {
    report_.exit_status = int(FailureKind::kDataRefused);
  }
  const bool touches = hub_ != nullptr && !options_.run.dry_run;
  if (touches && std::any_of(sets.begin(), sets.end(), is(FeedbackOutcome::kPublished))) {
    PublishReport of_all;
    RestartSpaces(*hub_, options_.restart, &of_all);
    report_.restarted = std::move(of_all.restarted);
    report_.notes.insert(report_.notes.end(), of_all.notes.begin(), of_all.notes.end());
  }
  const bool pauses = report_.exit_status == 0 || options_.pause_on_failure;
  if (touches && pauses && !options_.space.empty()) PauseSpace();
  Log("status", report_.exit_status == 0 ? "completed" : "failed");
  Note(tracker_.Finish(report_.exit_status));
  if (!tracker_.warning().empty()) report_.notes.push_back(tracker_.warning());
}

FeedbackReport FeedbackRun::Run() {
  Log("status", "starting_pipeline");
  HoldSnapshots();
  for (const FeedbackSet& set : options_.sets) {
    const Status away = WhyAway(set);
    if (!away.ok()) {
      report_.sets.push_back({.label = set.label, .status = away, .reason = away.message()});
      CallWebhook(set.recipe, away);
    } else if (!cancelled()) {
      RunSet(set);
    }
  }
  Finish();
  return std::move(report_);
}

TrackedRun TrackedRunOf(const FeedbackOptions& options) {
  const TrackRecipe track = options.sets[0].recipe.track.value_or(TrackRecipe());
  TrackedRun run{.project = track.project, .job_type = track.job_type, .tags = track.tags};
  for (const FeedbackSet& set : options.sets) {
    run.config[set.label + "_dataset"] = set.recipe.publish.repo;
  }
  run.config["hf_space_id"] = options.space;
  const int64_t now = SystemClock().UnixNanos() / 1000;
  run.config["timestamp"] = ExpandTime("%Y-%m-%d %H:%M:%S", now);
  return run;
}

/// Telling others never keeps the work from being done: where no event can be kept, nobody is told,
/// which is a note.  Fails where the settings are wrong.
Result<std::unique_ptr<Tracker>> StartFollower(const FeedbackOptions& options,
                                               std::vector<std::string>* notes) {
  const TrackRecipe track = options.sets[0].recipe.track.value_or(TrackRecipe());
  auto tracker = StartTracker(options.run.dry_run ? "none" : options.tracker, track.folder,
                              SecretsOf(options.sets), TrackedRunOf(options));
  if (tracker.ok() || KindOf(tracker.status()) != FailureKind::kRunFailed) return tracker;
  notes->push_back("nobody follows this run: " + tracker.status().message());
  return Tracker::Start({.kind = TrackerKind::kNone}, {});
}

}  // namespace

int WorseExitStatus(int a, int b) {
  constexpr std::array kWorstFirst = {FailureKind::kRunFailed, FailureKind::kService,
                                      FailureKind::kDataRefused, FailureKind::kWrongUsage};
  for (const FailureKind kind : kWorstFirst) {
    if (a == int(kind) || b == int(kind)) return int(kind);
  }
  return 0;
}

const char* NameOf(FeedbackOutcome outcome) {
  switch (outcome) {
    case FeedbackOutcome::kPrepared:
      return "prepared";
    case FeedbackOutcome::kPublished:
      return "published";
    case FeedbackOutcome::kWouldPublish:
      return "would publish";
    case FeedbackOutcome::kUnchanged:
      return "unchanged";
    case FeedbackOutcome::kSkipped:
      return "skipped";
    case FeedbackOutcome::kFailed:
      break;
  }
  return "failed";
}

Result<FeedbackReport> RunFeedback(const FeedbackOptions& options, HubClient* hub,
                                   Progress* progress) {
  std::vector<std::string> notes;
  ARROW_ASSIGN_OR_RAISE(const auto tracker, StartFollower(options, &notes));
  FeedbackReport report = FeedbackRun(options, hub, *tracker, progress).Run();
  report.notes.insert(report.notes.begin(), notes.begin(), notes.end());
  return report;
}

std::vector<std::string> TellOfFailure(const FeedbackSet& set, const std::string& tracker,
                                       const Status& failure) {
  const FeedbackOptions options{.sets = {set}, .tracker = tracker};
  std::vector<std::string> notes;
  const auto follower = StartFollower(options, &notes);
  if (!follower.ok()) return {follower.status().message()};
  const auto untold = FeedbackRun(options, nullptr, **follower, nullptr).Fail(set, failure);
  notes.insert(notes.end(), untold.begin(), untold.end());
  return notes;
}

}  // namespace hubmill

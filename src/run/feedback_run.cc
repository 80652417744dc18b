#include "run/feedback_run.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>

#include "core/too_few_rows.h"
#include "io/postgres/pg_snapshot.h"
#include "io/temporary_folder.h"
#include "run/published_commit.h"

namespace hubmill {
namespace {

using Level = FeedbackFollower::Level;

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

/// The first of the exit statuses that a run of several has, the worst first.
int WorstOf(const std::vector<FeedbackSetReport>& sets) {
  constexpr std::array kWorstFirst = {FailureKind::kRunFailed, FailureKind::kService,
                                      FailureKind::kDataRefused, FailureKind::kWrongUsage};
  for (const FailureKind kind : kWorstFirst) {
    for (const FeedbackSetReport& set : sets) {
      if (set.outcome == FeedbackOutcome::kFailed && KindOf(set.status) == kind) return int(kind);
    }
  }
  return 0;
}

class FeedbackRun {
 public:
  FeedbackRun(const FeedbackOptions& options, HubClient* hub, FeedbackFollower& follower,
              Progress* progress)
      : options_(options), hub_(hub), follower_(follower), progress_(progress) {}

  Result<FeedbackReport> Run();

 private:
  Status HoldSnapshots();
  Status RunSet(const FeedbackSet& set);
  Status Prepare(const FeedbackSet& set, FeedbackSetReport* report);
  Status TellOf(const FeedbackSetReport& set);
  Status FailAll(const Status& why);
  Status Finish();
  bool cancelled() const { return progress_ != nullptr && progress_->cancel.load(); }

  const FeedbackOptions& options_;
  HubClient* const hub_;
  FeedbackFollower& follower_;
  Progress* const progress_;
  std::vector<std::shared_ptr<PgSnapshot>> snapshots_;
  FeedbackReport report_;
};

/// One state of each database, for all labels; also the check that it answers at all.
Status FeedbackRun::HoldSnapshots() {
  for (const FeedbackSet& set : options_.sets) {
    for (const DatasetRecipe& dataset : set.recipe.datasets) {
      if (dataset.source.name != "postgres") continue;
      const Setting& source = dataset.source.options;
      int64_t retries = 3;
      if (const Setting* given = source.Find("retries")) (void)ReadValue(*given, &retries);
      const PgSettings settings{.url = source.Find("url")->scalar};
      const auto snapshot = PgSnapshot::Share(settings, retries);
      if (!snapshot.ok()) {
        return snapshot.status().WithMessage(set.recipe.Redact(snapshot.status().message()));
      }
      snapshots_.push_back(*snapshot);
    }
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
  ARROW_RETURN_NOT_OK(follower_.Log(set.label + "_records_fetched", report->fetched));
  report->outcome = FeedbackOutcome::kPrepared;
  if (temporary != nullptr) report->run->output_dir.clear();
  if (hub_ == nullptr) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(report->run->publish,
                        PublishFolder(*hub_, run.output_dir, publish, progress_));
  report->outcome = report->run->publish->unchanged ? FeedbackOutcome::kUnchanged
                                                    : FeedbackOutcome::kPublished;
  return Status::OK();
}

Status FeedbackRun::RunSet(const FeedbackSet& set) {
  FeedbackSetReport report{.label = set.label};
  const auto start = std::chrono::steady_clock::now();
  report.status = Prepare(set, &report);
  report.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!report.status.ok()) {
    report.status =
        report.status.WithMessage(set.recipe.Redact(report.status.message()));
    const auto too_few = AsTooFewRows(report.status);
    report.outcome = too_few ? FeedbackOutcome::kSkipped : FeedbackOutcome::kFailed;
    report.reason = report.status.message();
    if (too_few) {
      report.fetched = too_few->rows;
      report.reason = Concat("insufficient data (", too_few->rows, " < ", too_few->needed, ")");
      ARROW_RETURN_NOT_OK(follower_.Log(set.label + "_records_fetched", report.fetched));
    }
  }
  ARROW_RETURN_NOT_OK(TellOf(report));
  report_.sets.push_back(std::move(report));
  return Status::OK();
}

Status FeedbackRun::TellOf(const FeedbackSetReport& set) {
  const std::string status_name = set.label + "_push_status";
  ARROW_RETURN_NOT_OK(follower_.Log(set.label + "_processing_seconds", set.seconds));
  switch (set.outcome) {
    case FeedbackOutcome::kPrepared:
      return Status::OK();
    case FeedbackOutcome::kUnchanged:
      return follower_.Log(status_name, "unchanged");
    case FeedbackOutcome::kPublished:
      ARROW_RETURN_NOT_OK(follower_.Log(status_name, "success"));
      return follower_.Alert(Level::kInfo, TitleOf(set.label, "Updated"),
                             Concat("Published ", set.run->publish->repo, " ",
                                    set.run->publish->tag, " successfully."));
    case FeedbackOutcome::kSkipped:
      ARROW_RETURN_NOT_OK(follower_.Log(status_name, "skipped_insufficient_data"));
      return follower_.Alert(Level::kWarn, TitleOf(set.label, "Skipped"), set.reason);
    case FeedbackOutcome::kFailed:
      break;
  }
  ARROW_RETURN_NOT_OK(follower_.Log(status_name, "failed"));
  return follower_.Alert(Level::kError, TitleOf(set.label, "Preparation Failed"), set.reason);
}

/// Without the database there is nothing to try for any label.
Status FeedbackRun::FailAll(const Status& why) {
  for (const FeedbackSet& set : options_.sets) {
    report_.sets.push_back({.label = set.label, .status = why, .reason = why.message()});
  }
  ARROW_RETURN_NOT_OK(follower_.Log("db_connection_status", "failed"));
  return follower_.Alert(Level::kError, "Database Connection Failed", why.message());
}

Status FeedbackRun::Finish() {
  report_.exit_status = WorstOf(report_.sets);
  const auto all_are = [this](FeedbackOutcome outcome) {
    return std::all_of(report_.sets.begin(), report_.sets.end(),
                       [outcome](const auto& set) { return set.outcome == outcome; });
  };
  if (options_.fail_if_all_skipped && all_are(FeedbackOutcome::kSkipped)) {
    report_.exit_status = int(FailureKind::kDataRefused);
  }
  const bool touches = hub_ != nullptr && !options_.run.dry_run;
  const bool news = std::any_of(report_.sets.begin(), report_.sets.end(), [](const auto& set) {
    return set.outcome == FeedbackOutcome::kPublished;
  });
  if (touches && news) {
    PublishReport of_all;
    RestartSpaces(*hub_, options_.restart, &of_all);
    report_.restarted = std::move(of_all.restarted);
    report_.notes = std::move(of_all.notes);
  }
  if (touches && !options_.space.empty() &&
      (report_.exit_status == 0 || options_.pause_on_failure)) {
    const auto space = ParseRepoId(options_.space, RepoType::kSpace);
    report_.pause = space.ok() ? hub_->PauseSpace(*space).status() : space.status();
    ARROW_RETURN_NOT_OK(
        follower_.Log("hf_space_pause", report_.pause->ok() ? "success" : "failed"));
    if (!report_.pause->ok()) {
      ARROW_RETURN_NOT_OK(
          follower_.Alert(Level::kWarn, "HF Space Pause Failed", report_.pause->message()));
    }
  }
  return follower_.Log("status", report_.exit_status == 0 ? "completed" : "failed");
}

Result<FeedbackReport> FeedbackRun::Run() {
  ARROW_RETURN_NOT_OK(follower_.Log("status", "starting_pipeline"));
  const Status connected = HoldSnapshots();
  if (connected.ok()) {
    ARROW_RETURN_NOT_OK(follower_.Log("db_connection_status", "success"));
    for (const FeedbackSet& set : options_.sets) {
      if (!cancelled()) ARROW_RETURN_NOT_OK(RunSet(set));
    }
  } else {
    ARROW_RETURN_NOT_OK(FailAll(connected));
  }
  ARROW_RETURN_NOT_OK(Finish());
  return std::move(report_);
}

}  // namespace

const char* NameOf(FeedbackOutcome outcome) {
  switch (outcome) {
    case FeedbackOutcome::kPrepared:
      return "prepared";
    case FeedbackOutcome::kPublished:
      return "published";
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
                                   FeedbackFollower& follower, Progress* progress) {
  return FeedbackRun(options, hub, follower, progress).Run();
}

}  // namespace hubmill

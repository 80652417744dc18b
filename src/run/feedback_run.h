// hubmill feedback run: training sets from what people corrected, one a label.
//
// Each label is a recipe of its own, which any other command runs too.  What is added here is what
// a nightly run of several needs: all of them see one state of the database, one that fails or is
// too small yet does not keep the next from being made, people are told of each, and the Space that
// all runs in is paused at the end, whatever happened.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "run/publish.h"

namespace hubmill {

struct FeedbackSet {
  std::string label;  // "department"
  Recipe recipe;
};

struct FeedbackOptions {
  std::vector<FeedbackSet> sets;
  std::string out_dir = "out/feedback";  // A folder a label in it.
  RunOptions run;                        // output_dir is this run's; with dry_run nothing stays.
  bool create_public = false;            // Repositories that are made.
  std::string space;                     // Paused at the end of a run that publishes; empty: none.
  bool pause_on_failure = true;          // Also where a label failed.
  std::vector<std::string> restart;      // Spaces, once, after a new version of any label.
  bool fail_if_all_skipped = false;
  std::string tracker;  // As StartTracker() takes it; a dry run is not followed.
};

/// kWouldPublish: a dry run, which would publish.
enum class FeedbackOutcome { kPrepared, kPublished, kWouldPublish, kUnchanged, kSkipped, kFailed };
const char* NameOf(FeedbackOutcome outcome);

/// The worse of two exit statuses of design.md section 5, the worst first: 1, 4, 3, 2, 0.
int WorseExitStatus(int a, int b);

struct FeedbackSetReport {
  std::string label;
  FeedbackOutcome outcome = FeedbackOutcome::kFailed;
  int64_t fetched = -1;  // Rows before cleaning; -1 where it came to none.
  std::optional<RunReport> run;
  Status status;       // Why it was skipped, or failed.
  std::string reason;  // The same in short.
  double seconds = 0;
};

struct FeedbackReport {
  std::vector<FeedbackSetReport> sets;
  std::optional<Status> pause;  // Of the Space; nothing where none was to be paused.
  std::vector<std::string> restarted;
  std::vector<std::string> notes;
  int exit_status = 0;  // Of the worst outcome: 1, 4, 3, 2, 0.
};

/// Runs every label, but those whose database is away; `track:` of the first recipe says as what it
/// is followed, `on_failure:` of each who is told.  `hub` may be null: nothing is published then,
/// no Space is touched.  A failure of a label is in the report; the Result itself fails only where
/// nothing was begun.  `progress` may be null. REQUIRES: options.sets is not empty.
Result<FeedbackReport> RunFeedback(const FeedbackOptions& options, HubClient* hub,
                                   Progress* progress);

/// Tells those whom RunFeedback() would tell that `set` could not even be tried: an alert, and the
/// webhook.  Returns what could not be told.
std::vector<std::string> TellOfFailure(const FeedbackSet& set, const std::string& tracker,
                                       const Status& failure);

}  // namespace hubmill

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
#include <variant>
#include <vector>

#include "run/publish.h"

namespace hubmill {

/// Who follows a run.  Not thread-safe.
class FeedbackFollower {
 public:
  enum class Level { kInfo, kWarn, kError };
  virtual ~FeedbackFollower() = default;
  virtual Status Log(const std::string& name,
                     const std::variant<std::string, int64_t, double>& value) = 0;
  virtual Status Alert(Level level, const std::string& title, const std::string& text) = 0;
};

struct FeedbackSet {
  std::string label;  // "department"
  Recipe recipe;
};

struct FeedbackOptions {
  std::vector<FeedbackSet> sets;
  std::string out_dir = "out/feedback";  // A folder a label in it.
  RunOptions run;                        // output_dir is this run's; with dry_run nothing stays.
  bool create_public = false;            // Repositories that are made.
  std::string space;                 // Paused at the end of a run that publishes; empty: none.
  bool pause_on_failure = true;      // Also where a label failed.
  std::vector<std::string> restart;  // Spaces, once, after a new version of any label.
  bool fail_if_all_skipped = false;
};

enum class FeedbackOutcome { kPrepared, kPublished, kUnchanged, kSkipped, kFailed };
const char* NameOf(FeedbackOutcome outcome);

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

/// Runs every label.  `hub` may be null: nothing is published then, no Space is touched.  A failure
/// is in the report; the Result itself fails only where the follower does.  `progress` may be null.
Result<FeedbackReport> RunFeedback(const FeedbackOptions& options, HubClient* hub,
                                   FeedbackFollower& follower, Progress* progress);

}  // namespace hubmill

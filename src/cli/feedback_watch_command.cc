// hubmill feedback watch, hubmill feedback history: sets that are prepared when there are
// corrections enough, and what became of each look.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/feedback_command.h"
#include "cli/feedback_settings.h"
#include "cli/hub_connection.h"
#include "cli/run_output.h"
#include "cli/terminal.h"
#include "net/retry.h"
#include "run/feedback_watch.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kWatchFooter[] =
    "A recipe's `watch:` says what is counted, from how many rows on a set is prepared, and which\n"
    "Spaces are restarted then.  A look that fails is told, recorded, and made again next time.\n"
    "Exit status with --once: that of the worst look.\n"
    "Examples:\n"
    "  hubmill feedback watch --once\n"
    "  hubmill feedback watch feedback-urgency --every 3600\n"
    "docs/recipes/feedback-watch.md tells the rest.";
constexpr char kHistoryDefault[] = ".hubmill/feedback.sqlite";
constexpr int64_t kEverySecondsDefault = 86'400;

struct WatchArguments : HubChoice {
  std::vector<std::string> recipes;
  std::vector<std::string> set;
  std::string history = kHistoryDefault;
  std::string tracker;
  int64_t every_s = kEverySecondsDefault;
  bool once = false;
  bool dry_run = false;
  OutputArguments output;
};

struct HistoryArguments {
  std::string file = kHistoryDefault;
  std::string recipe;
  int64_t count = 20;
  bool json = false;
};

Json RenderJson(const WatchRecord& record) {
  return {{"started", record.started}, {"ended", record.ended},
          {"recipe", record.recipe},   {"corrections", record.corrections},
          {"rows", record.rows},       {"threshold", record.threshold},
          {"outcome", record.outcome}, {"version", record.version},
          {"pending", record.pending}, {"error", record.error}};
}

std::string RenderText(const WatchRecord& record) {
  std::string line = Concat(record.ended, " ", record.recipe, ": ", record.outcome, ", ",
                            WithCommas(record.corrections), " corrections, ",
                            WithCommas(record.rows), " of ", WithCommas(record.threshold), " rows");
  if (!record.version.empty()) line += ", version " + record.version;
  if (!record.pending.empty()) line += ", to be restarted: " + PendingText(record);
  if (!record.error.empty()) {
    line += (record.outcome == "failed" ? ", error: " : ", why: ") + record.error;
  }
  return line + "\n";
}

void PrintRecords(const std::vector<WatchRecord>& records, bool json) {
  if (!json) {
    for (const WatchRecord& record : records) PrintFacts(RenderText(record));
    return;
  }
  Json list = Json::array();
  for (const WatchRecord& record : records) list.push_back(RenderJson(record));
  PrintFacts(list.dump(2) + "\n");
}

Result<std::vector<FeedbackSet>> LoadWatched(const WatchArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(std::vector<FeedbackSet> sets,
                        LoadFeedbackSets({.recipes = arguments.recipes,
                                          .set = arguments.set,
                                          .publishes = true,
                                          .watches = true,
                                          .needs_token = arguments.hub != "local"}));
  for (const FeedbackSet& set : sets) {
    if (set.recipe.watch) continue;
    return WrongUsage("the recipe says not what to watch for: recipe=", set.recipe.name,
                      "; remedy: watch: {threshold: ROWS}, see docs/recipes/feedback-watch.md");
  }
  return sets;
}

/// As `hubmill feedback run --push` of this set alone.  `told`: of its failure.
Result<PreparedSet> PrepareHere(const FeedbackSet& set, const WatchArguments& arguments,
                                HubClient& hub, Progress* progress, bool* told) {
  FeedbackOptions options;
  options.sets.push_back(set);
  options.tracker = arguments.tracker;
  ARROW_ASSIGN_OR_RAISE(const FeedbackReport report, RunFeedback(options, &hub, progress));
  for (const std::string& note : report.notes) PrintMessage("note: " + note);
  if (report.sets.empty()) return RunFailed("interrupted");
  const FeedbackSetReport& made = report.sets[0];
  *told = made.outcome == FeedbackOutcome::kFailed;
  if (*told) return made.status;
  PreparedSet prepared{.published = made.outcome == FeedbackOutcome::kPublished};
  if (prepared.published) prepared.version = made.run->publish->tag;
  if (made.outcome == FeedbackOutcome::kSkipped) prepared.skipped = made.reason;
  return prepared;
}

/// One look at one recipe, kept in the history, which a dry run has not.  A failure is told, unless
/// somebody ends the look.  Fails where the history cannot be kept.
Result<WatchLook> LookAt(const FeedbackSet& set, const WatchArguments& arguments, HubClient& hub,
                         FeedbackHistory* history, Progress* progress) {
  WatchRecord before;
  if (history != nullptr) {
    ARROW_ASSIGN_OR_RAISE(const auto records, history->Latest(1, set.recipe.name));
    if (!records.empty()) before = records[0];
  }
  bool told = arguments.dry_run;
  WatchLook look =
      LookOnce({.recipe = set.recipe,
                .hub = hub,
                .prepare = [&] { return PrepareHere(set, arguments, hub, progress, &told); },
                .keep = [history](WatchRecord* record) { return history->Write(record); },
                .version = before.version,
                .pending = before.pending,
                .dry_run = arguments.dry_run,
                .progress = progress});
  if (history != nullptr) ARROW_RETURN_NOT_OK(history->Write(&look.record));
  if (look.status.ok() || told || progress->cancel.load()) return look;
  for (const std::string& note : TellOfFailure(set, arguments.tracker, look.status)) {
    PrintMessage("note: " + note);
  }
  return look;
}

/// One look at each recipe.
Result<int> LookAtAll(const std::vector<FeedbackSet>& sets, const WatchArguments& arguments,
                      FeedbackHistory* history, Progress* progress) {
  std::vector<WatchRecord> records;
  int exit_status = 0;
  ARROW_ASSIGN_OR_RAISE(const HubConnection hub, OpenHub(arguments));
  for (const FeedbackSet& set : sets) {
    ARROW_ASSIGN_OR_RAISE(WatchLook look, LookAt(set, arguments, *hub, history, progress));
    if (!look.status.ok()) {
      const Status status = WithContext(look.status, set.recipe.name + ": ");
      exit_status = WorseExitStatus(exit_status, ReportFailure(status));
    }
    records.push_back(std::move(look.record));
    if (progress->cancel.load()) break;
  }
  if (!arguments.output.quiet) PrintRecords(records, arguments.output.json);
  return exit_status;
}

Result<int> Watch(const WatchArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<FeedbackSet> sets, LoadWatched(arguments));
  Progress progress;
  InterruptScope interrupt(&progress);
  if (arguments.dry_run) return LookAtAll(sets, arguments, nullptr, &progress);
  ARROW_ASSIGN_OR_RAISE(const WatchLock lock, WatchLock::Take(arguments.history));
  ARROW_ASSIGN_OR_RAISE(FeedbackHistory history,
                        FeedbackHistory::Open(arguments.history, SqliteAccess::kCreate));
  const auto cancelled = [&progress] { return progress.cancel.load(); };
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const int status, LookAtAll(sets, arguments, &history, &progress));
    if (arguments.once) return status;
    if (!SystemPauseClock().Pause(arguments.every_s * 1000, cancelled)) return 0;
  }
}

Status ShowHistory(const HistoryArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(FeedbackHistory history,
                        FeedbackHistory::Open(arguments.file, SqliteAccess::kRead));
  ARROW_ASSIGN_OR_RAISE(const auto records, history.Latest(arguments.count, arguments.recipe));
  PrintRecords(records, arguments.json);
  return Status::OK();
}

void AddWatch(CLI::App& feedback, CommandContext* context) {
  auto arguments = std::make_shared<WatchArguments>();
  CLI::App* command = feedback.add_subcommand(
      "watch", "Prepare a set when there are corrections enough; restart those who train on it");
  command->footer(kWatchFooter);
  command->add_option("RECIPE", arguments->recipes,
                      "Recipes with `watch:` (feedback-department feedback-urgency)");
  command->add_option("--set", arguments->set, "NAME=VALUE of a parameter; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  auto* once = command->add_flag("--once", arguments->once, "Look once, then end; for cron");
  command->add_option("--every", arguments->every_s, "Seconds from one look to the next (86400)")
      ->check(CLI::Range(int64_t{1}, int64_t{31} * 86'400))
      ->excludes(once);
  command->add_flag("--dry-run", arguments->dry_run,
                    "Count and say what is due; change nothing, wait for nothing");
  command->add_option("--history", arguments->history,
                      Concat("File of what was done (", kHistoryDefault, ")"));
  command->add_option("--tracker", arguments->tracker, "Who follows: none, jsonl or wandb")
      ->check(CLI::IsMember({"none", "jsonl", "wandb"}));
  AddHubChoice(command, arguments.get());
  AddOutputOptions(*command, &arguments->output);
  command->callback([arguments, context] {
    const Result<int> status = Watch(*arguments);
    context->exit_status = status.ok() ? *status : ReportFailure(status.status());
  });
}

void AddHistory(CLI::App& feedback, CommandContext* context) {
  auto arguments = std::make_shared<HistoryArguments>();
  CLI::App* command = feedback.add_subcommand("history", "What `feedback watch` did, newest first");
  command->footer("Example:\n  hubmill feedback history --limit 5 --json");
  command->add_option("RECIPE", arguments->recipe, "Of this recipe alone");
  command->add_option("--history", arguments->file,
                      Concat("File of what was done (", kHistoryDefault, ")"));
  command->add_option("--limit", arguments->count, "How many looks (20)")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000}));
  command->add_flag("--json", arguments->json, "As JSON");
  command->callback([arguments, context] {
    const Status status = ShowHistory(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace

void AddFeedbackWatchCommands(CLI::App& feedback, CommandContext* context) {
  AddWatch(feedback, context);
  AddHistory(feedback, context);
}

}  // namespace hubmill

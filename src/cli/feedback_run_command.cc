// hubmill feedback run: one data set a label, from one state of the database, published.
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/feedback_command.h"
#include "cli/feedback_settings.h"
#include "cli/publish_command.h"
#include "cli/recipe_file.h"
#include "cli/run_output.h"
#include "cli/terminal.h"
#include "cli/text_table.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kFooter[] =
    "Settings are read from the environment or .env: POSTGRES_URL, DEPARTMENT_DATASET,\n"
    "URGENCY_DATASET, HF_TOKEN, MIN_DATASET_LEN (1000), PREPARE_DATASET_SPACE_ID.\n"
    "A label with too few rows is skipped, one that fails does not keep the next from being made.\n"
    "Exit status: that of the worst label, a skipped one counts as done.\n"
    "Examples:\n"
    "  hubmill feedback run --dry-run --min-rows 100\n"
    "  hubmill feedback run --push --pii mask\n"
    "  hubmill feedback run --recipe examples/feedback-tickets.yaml --out out/tickets\n"
    "docs/recipes/feedback.md tells the rest.";

struct FeedbackArguments : HubChoice {
  FeedbackChoice choice;
  FeedbackOptions options;
  std::vector<std::string> set;  // Beside those that have an option of their own.
  bool push = false;
  bool no_pause_on_failure = false;
  OutputArguments output;
};

/// The first of these variables that says something.
std::string SettingOf(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::optional<std::string> value = EnvironmentOrDotenv(name);
    if (value && !value->empty()) return *value;
  }
  return "";
}

int64_t RowsOf(const FeedbackSetReport& set, const std::string& split) {
  int64_t rows = 0;
  for (const DatasetReport& dataset : set.run->datasets) {
    if (split.empty()) rows += dataset.rows_written;
    const auto found = dataset.split_rows.find(split);
    if (found != dataset.split_rows.end()) rows += found->second;
  }
  return rows;
}

std::string SummaryTable(const FeedbackReport& report) {
  std::vector<TableLine> lines = {
      {"label", "fetched", "written", "train", "eval", "test", "seconds", "outcome"}};
  for (const FeedbackSetReport& set : report.sets) {
    TableLine line = {set.label, set.fetched < 0 ? "" : WithCommas(set.fetched)};
    for (const char* split : {"", "train", "eval", "test"}) {
      line.push_back(set.run ? WithCommas(RowsOf(set, split)) : "");
    }
    const auto tenths = int64_t(set.seconds * 10 + 0.5);
    line.push_back(Concat(tenths / 10, ".", tenths % 10));
    line.emplace_back(NameOf(set.outcome));
    lines.push_back(std::move(line));
  }
  return RenderTable(lines);
}

/// What the stages dropped and counted, a line each.
std::string StageLines(const FeedbackSetReport& set) {
  std::string out;
  for (const DatasetReport& dataset : set.run->datasets) {
    for (const StageReport& stage : dataset.stages) {
      std::string facts;
      for (const auto& [reason, rows] : stage.drops) {
        facts += Concat(" dropped ", reason, "=", WithCommas(rows));
      }
      for (const auto& [name, count] : stage.counts) {
        if (count > 0) facts += Concat(" ", name, "=", WithCommas(count));
      }
      if (!facts.empty()) out += Concat("  ", stage.name, ":", facts, "\n");
    }
  }
  return out.empty() ? "" : set.label + "\n" + out;
}

Json RenderJson(const FeedbackReport& report, const std::string& space) {
  Json sets = Json::array();
  for (const FeedbackSetReport& set : report.sets) {
    Json out{{"label", set.label},
             {"outcome", NameOf(set.outcome)},
             {"fetched", set.fetched},
             {"reason", set.reason},
             {"seconds", set.seconds}};
    if (set.run) out["run"] = Json::parse(set.run->ToJson());
    sets.push_back(std::move(out));
  }
  Json out{{"sets", sets},
           {"restarted", report.restarted},
           {"notes", report.notes},
           {"exit_status", report.exit_status}};
  if (report.pause) {
    out["pause"] = {{"space", space},
                    {"paused", report.pause->ok()},
                    {"why", report.pause->ok() ? "" : report.pause->message()}};
  }
  return out;
}

/// What goes wrong with a label is told on stderr, whatever the output.
void PrintTroubles(const FeedbackReport& report, const FeedbackArguments& arguments) {
  std::string last;
  for (const FeedbackSetReport& set : report.sets) {
    if (set.outcome == FeedbackOutcome::kSkipped && !arguments.output.quiet) {
      PrintMessage(
          Concat("skipped: ", set.label, ": ", set.reason,
                 "; remedy: wait for more reviews, or lower --min-rows (MIN_DATASET_LEN)"));
    }
    if (set.outcome != FeedbackOutcome::kFailed || set.reason == last) continue;
    last = set.reason;  // Of all labels, where the database is away.
    ReportFailure(WithContext(set.status, set.label + ": "));
  }
  for (const std::string& note : report.notes) PrintMessage("note: " + note);
  if (report.pause && !report.pause->ok()) {
    PrintMessage(Concat("warning: the Space was not paused: space=", arguments.options.space,
                        " why=", report.pause->message()));
  }
}

void Print(FeedbackReport& report, const FeedbackArguments& arguments) {
  PrintTroubles(report, arguments);
  if (arguments.output.json) {
    return PrintFacts(RenderJson(report, arguments.options.space).dump(2) + "\n");
  }
  if (arguments.output.quiet) return;
  PrintFacts(SummaryTable(report));
  for (FeedbackSetReport& set : report.sets) {
    if (!set.run) continue;
    for (const std::string& note : set.run->notes) PrintMessage("note: " + note);
    PrintFacts("\n" + StageLines(set));
    if (!set.run->output_dir.empty()) PrintFacts("output: " + set.run->output_dir + "\n");
    if (set.run->publish) {
      PrintPublish(*set.run->publish, WithPlace(arguments, arguments.output, &*set.run->publish));
    }
  }
  for (const std::string& space : report.restarted) PrintFacts("restarted: " + space + "\n");
  if (report.pause && report.pause->ok()) PrintFacts("paused: " + arguments.options.space + "\n");
}

Status RunLabels(FeedbackArguments& arguments, CommandContext* context) {
  FeedbackOptions& options = arguments.options;
  arguments.choice.publishes = arguments.push;
  arguments.choice.needs_token = arguments.push && arguments.hub != "local";
  arguments.choice.seed = options.run.seed;
  std::vector<std::string>& set = arguments.choice.set;
  set.insert(set.end(), arguments.set.begin(), arguments.set.end());
  if (options.space.empty()) options.space = SettingOf({"PREPARE_DATASET_SPACE_ID", "HF_SPACE_ID"});
  if (arguments.push) {
    arguments.choice.spaces = options.restart;
    arguments.choice.spaces.push_back(options.space);
  }
  ARROW_ASSIGN_OR_RAISE(options.sets, LoadFeedbackSets(arguments.choice));
  options.pause_on_failure = !arguments.no_pause_on_failure;
  FeedbackReport report;
  {
    Progress progress;
    InterruptScope interrupt(&progress);
    ProgressBar bar(&progress, arguments.output.BarWanted());
    std::unique_ptr<HubConnection> hub;
    if (arguments.push) {
      ARROW_ASSIGN_OR_RAISE(HubConnection opened, OpenHub(arguments));
      hub = std::make_unique<HubConnection>(std::move(opened));
    }
    ARROW_ASSIGN_OR_RAISE(report,
                          RunFeedback(options, hub == nullptr ? nullptr : &**hub, &progress));
    if (progress.cancel.load()) return RunFailed("interrupted");
  }
  Print(report, arguments);
  context->exit_status = report.exit_status;
  return Status::OK();
}

/// Options that are parameters of the recipes: NAME=VALUE of --set.
void AddParamOption(CLI::App* command, const char* flag, const char* param, const char* help,
                    std::vector<std::string>* set) {
  command->add_option_function<std::string>(
      flag, [param, set](const std::string& value) { set->push_back(Concat(param, "=", value)); },
      help);
}

}  // namespace

void AddFeedbackRunCommand(CLI::App& feedback, CommandContext* context) {
  auto arguments = std::make_shared<FeedbackArguments>();
  FeedbackOptions& options = arguments->options;
  std::vector<std::string>* set = &arguments->choice.set;
  CLI::App* command = feedback.add_subcommand(
      "run", "Corrections and a sample of what nobody reported, cleaned, split, published");
  command->footer(kFooter);
  command->add_option("--label", arguments->choice.label, "department, urgency, or both (both)");
  command
      ->add_option("--recipe", arguments->choice.recipes,
                   "A recipe of one's own, instead of department and urgency; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  AddParamOption(command, "--correct-ratio", "correct_ratio",
                 "Rows never reported for each corrected one (0.5)", set);
  AddParamOption(command, "--min-rows", "min_rows",
                 "Fewer rows skip a label (MIN_DATASET_LEN, else 1000)", set);
  AddParamOption(command, "--pii", "pii",
                 "Personal data in the texts: report, mask or drop (report; a public repository "
                 "takes the others only)",
                 set);
  AddParamOption(command, "--group-by", "group_by",
                 "text: near-identical texts stay in one split; id: all of one complaint", set);
  command->add_option("--set", arguments->set, "NAME=VALUE of another parameter; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--seed", options.run.seed, "Seed of the sample and the split (42)")
      ->check(CLI::Range(int64_t{0}, kSeedMax));
  command->add_option("--out", options.out_dir, "Output folder, one a label in it (out/feedback)");
  command->add_flag("--dry-run", options.run.dry_run,
                    "Prepare and count; keep, publish and pause nothing");
  command->add_flag("--fresh", options.run.fresh, "Forget what an interrupted run left");
  command->add_option("--threads", options.run.threads, "Threads (0: one a core)")
      ->check(CLI::Range(0, 1024));
  auto* push = command->add_flag("--push", arguments->push, "Publish each label, in one commit");
  command->add_flag("--public", options.create_public, "New repositories are public")->needs(push);
  AddHubChoice(command, arguments.get());
  command
      ->add_option("--space", options.space,
                   "OWNER/NAME of the Space to pause at the end (PREPARE_DATASET_SPACE_ID)")
      ->needs(push);
  command->add_flag("--no-pause-on-failure", arguments->no_pause_on_failure,
                    "Leave the Space running where a label failed");
  command
      ->add_option("--restart", options.restart,
                   "OWNER/NAME of a Space to restart after a new version; may be repeated")
      ->take_all()
      ->allow_extra_args(false)
      ->needs(push);
  command->add_flag("--fail-if-all-skipped", options.fail_if_all_skipped,
                    "Exit status 3 where no label had enough rows");
  command->add_option("--tracker", options.tracker,
                      "Who follows: none, jsonl or wandb (wandb where WANDB_API_KEY is set, else "
                      "jsonl, a file in events/)");
  AddOutputOptions(*command, &arguments->output);
  command->callback([arguments, context] {
    const Status status = RunLabels(*arguments, context);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill

// hubmill stats DATA [--against DATA]
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/data_command.h"
#include "cli/hub_connection.h"
#include "cli/safe_text.h"
#include "cli/statistics_text.h"
#include "cli/terminal.h"
#include "hub/hub_uris.h"
#include "run/hub_access.h"
#include "view/data_compare.h"

namespace hubmill {
namespace {

constexpr char kFooter[] =
    "DATA: a .parquet, .jsonl or .csv file (.gz and .zst too), a folder, OWNER/NAME or\n"
    "      hub://OWNER/NAME@REVISION.  The numbers are those of the Hub's dataset viewer;\n"
    "      docs/pages.md tells what each means.\n"
    "--against: how far the values are from those of other data, the greatest distance first:\n"
    "      TV total variation, KS Kolmogorov-Smirnov, JS Jensen-Shannon, W1 Wasserstein, PSI.\n"
    "Examples:\n"
    "  hubmill stats samples/chat.jsonl\n"
    "  hubmill stats samples/feedback.csv --columns message,plan --json\n"
    "  hubmill stats new.parquet --against old.parquet --fail-above 0.2";

struct StatsArguments {
  std::string data;
  std::string against;
  DataChoice choice;
  std::optional<double> fail_above;
  bool json = false;
  bool no_progress = false;
  int threads = 0;
  HubChoice hub;
};

std::string Dump(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void PrintNotes(const DataSet& set) {
  for (const std::string& problem : set.problems) PrintMessage("note: " + SafeLine(problem));
}

Status PrintStatistics(const StatsArguments& arguments, const DataSet& set,
                       const ScanOptions& scan) {
  ARROW_ASSIGN_OR_RAISE(const auto statistics, ComputeDataStatistics(set, arguments.choice, scan));
  if (arguments.json) {
    PrintFacts(Dump(ToJson(statistics)));
    return Status::OK();
  }
  for (const NamedStatistics& each : statistics) PrintFacts(RenderStatistics(each));
  return Status::OK();
}

Status PrintDrift(const StatsArguments& arguments, const DataSet& reference, const DataSet& set,
                  const ScanOptions& scan) {
  ARROW_ASSIGN_OR_RAISE(const DataDrift drift,
                        ComputeDataDrift(reference, set, arguments.choice, scan));
  if (arguments.json) {
    PrintFacts(Dump(drift.ToJson()));
  } else {
    for (const NamedDrift& each : drift.splits) PrintFacts(RenderDrift(each));
    for (const std::string& split : drift.splits_added) {
      PrintFacts(SafeLine(split) + ": new split\n");
    }
    for (const std::string& split : drift.splits_removed) {
      PrintFacts(SafeLine(split) + ": split is gone\n");
    }
  }
  if (!arguments.fail_above || drift.distance_max() <= *arguments.fail_above) return Status::OK();
  std::string column;
  for (const NamedDrift& each : drift.splits) {
    if (each.drift.distance_max() == drift.distance_max() && column.empty()) {
      column = " column=" + SafeLine(each.drift.columns[0].name);
    }
  }
  return DataRefused("the data drifted: distance=", drift.distance_max(),
                     " allowed=", *arguments.fail_above, column,
                     "; remedy: look at what changed, or raise --fail-above");
}

Status Stats(StatsArguments& arguments) {
  if (arguments.fail_above && arguments.against.empty()) {
    return WrongUsage("--fail-above is a distance from other data; remedy: add --against DATA");
  }
  ARROW_ASSIGN_OR_RAISE(const RunHub hub, OpenHubOfRun(arguments.hub));
  Progress progress;
  InterruptScope interrupt(&progress);
  ProgressBar bar(&progress, !arguments.json && !arguments.no_progress);
  HubUris uris([&hub] { return FindHubAccess(hub.url, hub.token); }, &progress);
  ScanOptions scan{.threads = arguments.threads, .cancel = &progress.cancel};
  scan.progress = [&progress](int64_t rows, int64_t) { progress.rows_read = rows; };
  ARROW_ASSIGN_OR_RAISE(const DataSet set, DataSet::OpenInput(arguments.data, uris));
  PrintNotes(set);
  if (arguments.against.empty()) return PrintStatistics(arguments, set, scan);
  ARROW_ASSIGN_OR_RAISE(const DataSet reference, DataSet::OpenInput(arguments.against, uris));
  PrintNotes(reference);
  return PrintDrift(arguments, reference, set, scan);
}

}  // namespace

void AddStatsCommand(CLI::App& app, CommandContext* context) {
  auto arguments = std::make_shared<StatsArguments>();
  CLI::App* command = app.add_subcommand("stats", "Statistics of each column, and how they drift");
  command->footer(kFooter);
  command->add_option("DATA", arguments->data, "A file, a folder or a repository")->required();
  command->add_option("--config", arguments->choice.config, "Config (default: the default one)");
  command->add_option("--split", arguments->choice.split, "Split (default: all)");
  command->add_option("--columns", arguments->choice.columns, "Only these columns: a,b")
      ->delimiter(',');
  command->add_option("--against", arguments->against,
                      "Other data, such as the version before: show distances from it");
  command
      ->add_option("--fail-above", arguments->fail_above,
                   "Exit status 3 where a distance is greater (0 to 1)")
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--threads", arguments->threads, "Threads (0: one a core); changes no result")
      ->check(CLI::Range(0, 1024));
  command->add_flag("--json", arguments->json, "One JSON object: the Hub's /statistics");
  command->add_flag("--no-progress", arguments->no_progress, "No progress bar");
  AddHubChoice(command, &arguments->hub);
  command->callback([arguments, context] {
    const Status status = Stats(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill

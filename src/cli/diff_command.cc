// hubmill diff BEFORE NOW
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/command.h"
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
    "BEFORE, NOW: .parquet, .jsonl or .csv files (.gz and .zst too), folders, OWNER/NAME or\n"
    "      hub://OWNER/NAME@REVISION, of any format each.  Rows are compared by the columns that\n"
    "      both have.  Without --key they are equal as a whole or not at all.\n"
    "Exit status 0 whether they differ or not; with --fail-on-change 3 where they do.\n"
    "Files instead of rows: `hubmill hub diff REPO BEFORE AFTER`.\n"
    "Examples:\n"
    "  hubmill diff samples/chat.jsonl chat.parquet\n"
    "  hubmill diff old.parquet new.parquet --key id --samples 3\n"
    "  hubmill diff hub://alice/tickets@v1 hub://alice/tickets@main --key id --json";

constexpr int kSamplesMax = 1000;

struct DiffArguments {
  std::string before;
  std::string now;
  DataChoice choice;
  SetDiffOptions options;
  uint64_t memory_bytes = uint64_t{1} << 30;
  bool fail_on_change = false;
  bool json = false;
  bool no_progress = false;
  HubChoice hub;
};

void PrintNotes(const DataSet& set) {
  for (const std::string& problem : set.problems) PrintMessage("note: " + SafeLine(problem));
}

void Print(const DataDiff& diff, bool json) {
  if (json) {
    PrintFacts(
        diff.ToJson().dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
        "\n");
    return;
  }
  for (const NamedDiff& each : diff.splits) PrintFacts(RenderDiff(each));
  for (const std::string& split : diff.splits_added) PrintFacts(SafeLine(split) + ": new split\n");
  for (const std::string& split : diff.splits_removed) {
    PrintFacts(SafeLine(split) + ": split is gone\n");
  }
}

Status Diff(DiffArguments& arguments) {
  constexpr uint64_t kMemoryMax = uint64_t{1} << 50;
  if (arguments.memory_bytes > kMemoryMax) {
    return WrongUsage("--memory is above the bound: bytes=", arguments.memory_bytes,
                      " max=", kMemoryMax, "; remedy: give what the machine has");
  }
  arguments.options.memory_bytes_max = int64_t(arguments.memory_bytes);
  ARROW_ASSIGN_OR_RAISE(const RunHub hub, OpenHubOfRun(arguments.hub));
  DataDiff diff;
  {
    Progress progress;
    InterruptScope interrupt(&progress);
    ProgressBar bar(&progress, !arguments.json && !arguments.no_progress);
    HubUris uris([&hub] { return FindHubAccess(hub.url, hub.token); }, &progress);
    arguments.options.scan.cancel = &progress.cancel;
    arguments.options.scan.progress = [&progress](int64_t rows, int64_t) {
      progress.rows_read = rows;
    };
    ARROW_ASSIGN_OR_RAISE(const DataSet before, DataSet::OpenInput(arguments.before, uris));
    PrintNotes(before);
    ARROW_ASSIGN_OR_RAISE(const DataSet now, DataSet::OpenInput(arguments.now, uris));
    PrintNotes(now);
    ARROW_ASSIGN_OR_RAISE(diff, ComputeDataDiff(before, now, arguments.choice, arguments.options));
  }
  Print(diff, arguments.json);
  if (!arguments.fail_on_change || !diff.Differs()) return Status::OK();
  return DataRefused(
      "the data changed; remedy: look at what changed, or leave out "
      "--fail-on-change");
}

}  // namespace

void AddDiffCommand(CLI::App& app, CommandContext* context) {
  auto arguments = std::make_shared<DiffArguments>();
  SetDiffOptions& options = arguments->options;
  CLI::App* command =
      app.add_subcommand("diff", "What changed between two data sets: rows and columns");
  command->footer(kFooter);
  command->add_option("BEFORE", arguments->before, "A file, a folder or a repository")->required();
  command->add_option("NOW", arguments->now, "Another one, or a later version")->required();
  command->add_option("--config", arguments->choice.config, "Config (default: the default one)");
  command->add_option("--split", arguments->choice.split,
                      "Split (default: all that both have, by name)");
  command->add_option("--key", options.key, "Columns by which rows belong together: a,b")
      ->delimiter(',');
  command->add_option("--samples", options.samples, "Rows shown of each kind (5)")
      ->check(CLI::Range(0, kSamplesMax));
  command
      ->add_option("--memory", arguments->memory_bytes,
                   "Bound of row hashes in memory (1GiB); beyond it they go to a file below TMPDIR")
      ->transform(CLI::AsSizeValue(true))
      ->default_str("1GiB");
  command
      ->add_option("--threads", options.scan.threads, "Threads (0: one a core); changes no result")
      ->check(CLI::Range(0, 1024));
  command->add_flag("--fail-on-change", arguments->fail_on_change,
                    "Exit status 3 where rows or columns differ");
  command->add_flag("--json", arguments->json, "One JSON object");
  command->add_flag("--no-progress", arguments->no_progress, "No progress bar");
  AddHubChoice(command, &arguments->hub);
  command->callback([arguments, context] {
    const Status status = Diff(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill

// hubmill run: a recipe, its options, and what is told about the run.
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/progress_file.h"
#include "cli/publish_command.h"
#include "cli/recipe_file.h"
#include "cli/run_output.h"
#include "cli/terminal.h"
#include "hubmill/hubmill.h"
#include "run/track.h"

namespace hubmill {
namespace {

constexpr char kFooter[] =
    "The result lies in the output folder, complete or not at all.  An interrupted run is resumed\n"
    "by running the same command again.\n"
    "Examples:\n"
    "  hubmill run sample\n"
    "  hubmill run recipes/sample.yaml --set data=samples --out out/mine --threads 4 --json\n"
    "  hubmill run sample --push --repo alice/sample --dry-run";

struct RunArguments {
  std::string recipe;
  std::vector<std::string> set;
  RunOptions options;
  std::string report_file;
  std::string progress_file;
  std::string executor = "local";
  std::string tracker;
  bool resume = false;
  bool push = false;
  PublishArguments publish;
  OutputArguments output;
};

/// Finds out before hours of work whether the report can be written; an old one stays for now.
Status CheckReport(const std::string& path) {
  const bool there = access(path.c_str(), F_OK) == 0;
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "ab"), &std::fclose);
  if (file == nullptr) {
    return RunFailed("cannot write the run report: file=", path,
                     "; remedy: check that its folder exists and is writable");
  }
  if (!there) std::remove(path.c_str());
  return Status::OK();
}

/// An option that was given must say something: an empty shell variable is a slip.
CLI::Validator NotEmpty(const std::string& what) {
  return {[what](const std::string& value) {
            return value.empty() ? "empty value; remedy: name " + what + ", or leave the option out"
                                 : "";
          },
          ""};
}

Status WriteReport(const std::string& path, const RunReport& report) {
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "wb"), &std::fclose);
  const std::string text = report.ToJson() + "\n";
  const bool written = file != nullptr &&
                       std::fwrite(text.data(), 1, text.size(), file.get()) == text.size() &&
                       std::fflush(file.get()) == 0;
  if (!written) {
    return RunFailed("cannot write the run report: file=", path,
                     "; remedy: check that its folder exists, is writable and has room");
  }
  return Status::OK();
}

Result<RunReport> RunAsAsked(const Recipe& recipe, const RunArguments& arguments,
                             Progress* progress) {
  RunOptions options = arguments.options;
  ARROW_ASSIGN_OR_RAISE(const RunHub inputs, OpenHubOfRun(arguments.publish));
  options.hub = inputs.url;
  options.hub_token = inputs.token;
  if (!arguments.push) return RunRecipe(recipe, options, progress);
  PublishOptions publish = WithArguments(PublishOptionsOf(recipe), arguments.publish);
  publish.dry_run = options.dry_run;
  if (inputs.connection != nullptr) {
    return RunAndPublish(recipe, options, **inputs.connection, publish, progress);
  }
  ARROW_ASSIGN_OR_RAISE(const HubConnection hub, OpenHub(arguments.publish));
  return RunAndPublish(recipe, options, *hub, publish, progress);
}

Status Run(const RunArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(Recipe recipe,
                        LoadRecipeNamed(arguments.recipe, arguments.set, arguments.options.seed));
  if (!arguments.report_file.empty()) ARROW_RETURN_NOT_OK(CheckReport(arguments.report_file));
  RunReport report;
  {
    Progress progress;
    InterruptScope interrupt(&progress);
    ARROW_ASSIGN_OR_RAISE(const auto lines, ProgressFile::Open(arguments.progress_file, &progress));
    ProgressBar bar(&progress, arguments.output.BarWanted());
    const auto run = [&] { return RunAsAsked(recipe, arguments, &progress); };
    std::vector<std::string> warnings;
    Result<RunReport> made =
        arguments.options.dry_run ? run() : RunFollowed(recipe, arguments.tracker, run, &warnings);
    for (const std::string& warning : warnings) PrintMessage("warning: " + warning);
    ARROW_ASSIGN_OR_RAISE(report, std::move(made));
  }
  const OutputArguments output =
      report.publish ? WithPlace(arguments.publish, arguments.output, &*report.publish)
                     : arguments.output;
  // The set is written, published maybe: that is told whatever becomes of the report.
  Status written =
      arguments.report_file.empty() ? Status::OK() : WriteReport(arguments.report_file, report);
  PrintReport(report, output, arguments.options.dry_run && !arguments.push);
  return written;
}

}  // namespace

void AddRunCommand(CLI::App& app, CommandContext* context) {
  auto arguments = std::make_shared<RunArguments>();
  RunOptions& options = arguments->options;
  CLI::App* command = app.add_subcommand("run", "Run a recipe: read, prepare, write");
  command->footer(kFooter);
  command->add_option("RECIPE", arguments->recipe, "A recipe file, or the name of a built-in one")
      ->required();
  command->add_option("--set", arguments->set, "NAME=VALUE of a parameter; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--out", options.output_dir, "Output folder or URI (default out/NAME)")
      ->check(NotEmpty("a folder or a URI"));
  command->add_flag(
      "--dry-run", options.dry_run,
      "Check everything; write nothing (with --push: say what would change on the Hub)");
  command->add_option("--limit", options.rows_max, "Only the first N rows of each source")
      ->check(CLI::Range(int64_t{0}, kLimitMax));
  command->add_option("--seed", options.seed, "Seed of stages that do not say their own (42)")
      ->check(CLI::Range(int64_t{0}, kSeedMax));
  command->add_option("--threads", options.threads, "Threads (0: one a core); changes no result")
      ->check(CLI::Range(0, 1024));
  command
      ->add_option("--batch-rows", options.batch_rows_max, "Rows a batch (8192); changes no result")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 20));
  command->add_option("--rejects", options.rejects_dir, "Keep dropped rows in this folder")
      ->check(NotEmpty("a folder"));
  command->add_option("--report", arguments->report_file, "Write the run report here, as JSON");
  command->add_option("--progress-file", arguments->progress_file,
                      "Append progress here, as JSON lines (a file or a pipe)");
  auto* resume = command->add_flag("--resume", arguments->resume,
                                   "Continue an interrupted run (this is the default)");
  command->add_flag("--fresh", options.fresh, "Forget what an interrupted run left")
      ->excludes(resume);
  command->add_option("--executor", arguments->executor, "Where tasks run: local")
      ->check(CLI::IsMember({"local"}));
  command->add_option("--tracker", arguments->tracker, "Who follows: none, jsonl or wandb")
      ->check(CLI::IsMember({"none", "jsonl", "wandb"}));
  auto* push = command->add_flag("--push", arguments->push, "Publish the output to a Hub");
  for (CLI::Option* option : AddPublishOptions(command, &arguments->publish)) option->needs(push);
  AddOutputOptions(*command, &arguments->output);
  command->callback([arguments, context] {
    const Status status = Run(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill

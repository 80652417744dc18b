// hubmill signals push: an existing bundle to a Hub, guarded once more.
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/publish_command.h"
#include "cli/signals_command.h"
#include "cli/terminal.h"

namespace hubmill {
namespace {

struct PushBundleArguments : SignalsPushArguments {
  SignalsPushOptions options;
  OutputArguments output;
};

Status Push(PushBundleArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const std::string why_not, WhyNoPush(arguments, /*asked=*/false));
  if (!why_not.empty()) {
    return WrongUsage("not pushed: ", why_not,
                      "; remedy: set it in the environment or .env, or push to --hub local");
  }
  PublishReport report;
  {
    Progress progress;
    InterruptScope interrupt(&progress);
    ProgressBar bar(&progress, arguments.output.BarWanted());
    ARROW_ASSIGN_OR_RAISE(report, PushBundle(arguments, arguments.options, &progress));
  }
  if (arguments.output.json) {
    PrintFacts(report.ToJson() + "\n");
  } else if (!arguments.output.quiet) {
    PrintPublish(report, WithPlace(arguments, arguments.output, &report));
    PrintFacts("revision: " + report.commit + "\n");
  }
  return Status::OK();
}

}  // namespace

void AddSignalsPushCommand(CLI::App& signals, CommandContext* context) {
  auto arguments = std::make_shared<PushBundleArguments>();
  CLI::App* command = signals.add_subcommand("push", "A bundle to a Hub, in one commit");
  command->footer(
      "Every row of the bundle is guarded again first.  HF_EXPORT_ENABLED, where it is set, must "
      "be true.\n"
      "Example:\n"
      "  hubmill signals push --bundle-dir=./runs/hf_export/123 --repo=alice/signals --private");
  command->add_option("--bundle-dir", arguments->options.bundle_dir, "The bundle's folder")
      ->required();
  command->add_option("--schema", arguments->options.schema,
                      "Name or file (the built-in one with the bundle's hash)");
  command->add_flag("--dry-run", arguments->options.dry_run, "Say what would change");
  command->add_option("--threads", arguments->options.threads, "Threads (0: one a core)")
      ->check(CLI::Range(0, kThreadsMax));
  AddSignalsPushOptions(command, arguments.get());
  AddOutputOptions(*command, &arguments->output);
  command->callback([arguments, context] {
    const Status status = Push(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill

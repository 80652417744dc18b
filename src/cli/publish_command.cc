// hubmill publish: an output folder that a run wrote earlier, to a Hub.
#include "cli/publish_command.h"

#include <memory>

#include "cli/command.h"
#include "cli/run_output.h"
#include "cli/terminal.h"

namespace hubmill {
namespace {

constexpr char kFooter[] =
    "Everything becomes visible in one commit.  Splits that the folder does not hold, other "
    "configs\n"
    "and other files of the repository stay.  Where the repository has the data already, no "
    "commit\n"
    "is made.\n"
    "Examples:\n"
    "  hubmill publish out/sample --repo alice/sample --tag v1\n"
    "  hubmill publish out/sample --repo sample --hub local --dry-run";

struct FolderArguments : PublishArguments {
  std::string folder;
  PublishOptions options;
  bool is_public = false;
  OutputArguments output;
};

Status Publish(const FolderArguments& arguments) {
  if (arguments.repo.empty()) {
    return WrongUsage("no repository to publish to: folder=", arguments.folder,
                      "; remedy: --repo OWNER/NAME, for example `hubmill publish ",
                      arguments.folder, " --repo alice/sample`");
  }
  PublishOptions options = WithArguments(arguments.options, arguments);
  options.create_private = !arguments.is_public;
  ARROW_ASSIGN_OR_RAISE(const HubConnection hub, OpenHub(arguments));
  PublishReport report;
  {
    Progress progress;
    InterruptScope interrupt(&progress);
    ProgressBar bar(&progress, arguments.output.BarWanted());
    ARROW_ASSIGN_OR_RAISE(report, PublishFolder(*hub, arguments.folder, options, &progress));
  }
  PrintPublish(report, WithPlace(arguments, arguments.output, &report));
  return Status::OK();
}

}  // namespace

OutputArguments WithPlace(const HubChoice& choice, OutputArguments output, PublishReport* report) {
  output.place = LocalPlace(choice, "/datasets/" + report->repo);
  if (!output.place.empty()) report->url.clear();  // It ends with this command.
  return output;
}

std::vector<CLI::Option*> AddPublishOptions(CLI::App* command, PublishArguments* arguments) {
  AddHubChoice(command, arguments);
  return {command->add_option("--repo", arguments->repo, "OWNER/NAME, or NAME for one of your own"),
          command->add_option("--tag", arguments->tag, "Set on the new commit; never moved"),
          command
              ->add_option("--replace-config", arguments->replace_configs,
                           "Drop all that is published of this config; may be repeated")
              ->take_all()
              ->allow_extra_args(false)};
}

PublishOptions WithArguments(PublishOptions options, const PublishArguments& arguments) {
  if (!arguments.repo.empty()) options.repo = arguments.repo;
  if (!arguments.tag.empty()) options.tag = arguments.tag;
  options.replace_configs = arguments.replace_configs;
  return options;
}

void AddPublishCommand(CLI::App& app, CommandContext* context) {
  auto arguments = std::make_shared<FolderArguments>();
  PublishOptions& options = arguments->options;
  CLI::App* command = app.add_subcommand("publish", "Publish an output folder to a Hub");
  command->footer(kFooter);
  command->add_option("FOLDER", arguments->folder, "What `hubmill run` wrote")->required();
  AddPublishOptions(command, arguments.get());
  command->add_option("--branch", options.branch, "Branch to commit to (main)");
  command->add_option("--message,-m", options.message, "Of the commit");
  auto* is_private =
      command->add_flag("--require-private", options.require_private, "Refuse a public repository");
  command->add_flag("--public", arguments->is_public, "A new repository is public")
      ->excludes(is_private);
  command->add_flag("--dry-run", options.dry_run, "Only say what would change");
  AddOutputOptions(*command, &arguments->output);
  command->callback([arguments, context] {
    const Status status = Publish(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill

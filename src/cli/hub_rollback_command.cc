// hubmill hub rollback
#include <memory>

#include "cli/hub_command.h"
#include "hub/rollback.h"

namespace hubmill {
namespace {

struct RollbackArguments : HubArguments {
  std::string to;
  std::string message;
  bool dry_run = false;
};

Status RollBack(const RollbackArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto client, OpenHub(arguments));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, RepoOf(arguments, *client));
  ARROW_ASSIGN_OR_RAISE(const CommitResult result,
                        Rollback(*client, {.repo = repo,
                                           .branch = arguments.revision,
                                           .revision = arguments.to,
                                           .message = arguments.message,
                                           .dry_run = arguments.dry_run}));
  HubFacts facts = {{"repo", repo.full()},
                    {arguments.dry_run ? "head" : "commit", result.commit},
                    {"unchanged", result.unchanged},
                    {"files_restored", int64_t(result.added.size())},
                    {"files_deleted", int64_t(result.deleted.size())},
                    PlaceFact(arguments, client->endpoint(), repo.WebPath())};
  if (arguments.dry_run) AddChanges(arguments.output, result, &facts);
  PrintHubFacts(arguments.output, facts);
  return Status::OK();
}

}  // namespace

void AddHubRollbackCommand(CLI::App& hub, CommandContext* context) {
  auto arguments = std::make_shared<RollbackArguments>();
  CLI::App* command =
      AddHubSubcommand(hub, context, "rollback", "Publish an earlier version again",
                       arguments.get(), [arguments] { return RollBack(*arguments); });
  command->add_option("TO", arguments->to, "The tag or commit to publish again")->required();
  AddRevisionOption(command, arguments.get());
  command->add_option("--message,-m", arguments->message, "Of the commit");
  command->add_flag("--dry-run", arguments->dry_run, "Only say what would change");
  command->footer(
      "A new commit holds what the old version held; the history stays.  --revision is the "
      "branch.\n"
      "Example:\n  hubmill hub rollback alice/chat v1.0");
}

}  // namespace hubmill

// hubmill hub SUBCOMMAND REPO ...
#include "cli/hub_command.h"

#include <nlohmann/json.hpp>

#include "cli/hub_serve.h"
#include "cli/terminal.h"

namespace hubmill {
namespace {

constexpr char kFooter[] =
    "REPO is OWNER/NAME, or NAME for a repository of your own; a data set, unless --type says\n"
    "otherwise or it begins with models/ or spaces/.\n"
    "The Hub: --hub, else HF_ENDPOINT, else the public one; `--hub local` is the embedded Hub in\n"
    "--hub-root.  The token: HF_TOKEN, HF_TOKEN_PATH, or the file that the official command line\n"
    "keeps under HF_HOME; a .env file may set them.\n"
    "Examples:\n"
    "  hubmill hub create alice/chat\n"
    "  hubmill hub upload alice/chat out/chat\n"
    "  hubmill hub download alice/chat --local-dir chat --revision v1.0";

}  // namespace

CLI::App* AddHubSubcommand(CLI::App& hub, CommandContext* context, const std::string& name,
                           const std::string& help, HubArguments* arguments,
                           const std::function<Status()>& action) {
  CLI::App* command = hub.add_subcommand(name, help);
  command->add_option("REPO", arguments->repo, "OWNER/NAME")->required();
  // What is there for Spaces only takes no other type.
  const bool space = arguments->type == "space";
  command
      ->add_option("--type,--repo-type", arguments->type,
                   space ? "space" : "dataset, model or space")
      ->check(space ? CLI::IsMember({"space"}) : CLI::IsMember({"dataset", "model", "space"}));
  AddHubChoice(command, arguments);
  command->add_flag("--json", arguments->output.json, "Facts as one JSON object");
  command->add_flag("--quiet,-q", arguments->output.quiet, "No facts, only errors");
  command->callback([context, action] {
    const Status status = action();
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
  return command;
}

void AddRevisionOption(CLI::App* command, HubArguments* arguments) {
  command->add_option("--revision", arguments->revision, "Branch, tag or commit (main)");
}

void AddThreadsOption(CLI::App* command, HubArguments* arguments) {
  command->add_option("--threads,--max-workers", arguments->threads, "Transfers at a time (8)")
      ->check(CLI::Range(1, kHubThreadsMax));
  command->add_flag("--no-progress", arguments->output.no_progress, "No progress bar");
}

Result<RepoId> RepoOf(const HubArguments& arguments, HubClient& client) {
  ARROW_ASSIGN_OR_RAISE(const RepoType type, ParseRepoType(arguments.type));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, ParseRepoId(arguments.repo, type));
  if (type == RepoType::kSpace && repo.type != type) {
    return WrongUsage("not a Space: repo=", arguments.repo, "; remedy: OWNER/NAME of a Space");
  }
  return client.Complete(repo);
}

void AddChanges(const OutputArguments& output, const CommitResult& result, HubFacts* facts) {
  if (output.json) {
    facts->emplace_back("write", result.added);
    facts->emplace_back("delete", result.deleted);
  } else if (!output.quiet) {
    for (const std::string& path : result.added) PrintFacts("write   " + path + "\n");
    for (const std::string& path : result.deleted) PrintFacts("delete  " + path + "\n");
  }
}

void PrintHubFacts(const OutputArguments& output, const HubFacts& facts) {
  if (output.quiet) return;
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const auto& [name, value] : facts) {
    std::visit([&, key = name](const auto& typed) { object[key] = typed; }, value);
  }
  if (output.json) {
    constexpr auto kReplace = nlohmann::ordered_json::error_handler_t::replace;
    PrintFacts(object.dump(-1, ' ', false, kReplace) + "\n");
    return;
  }
  const auto print = [](const std::string& name, const auto& value) {
    PrintFacts(name + "=" + (value.is_string() ? value.template get<std::string>() : value.dump()) +
               "\n");
  };
  for (const auto& [name, value] : object.items()) {
    if (!value.is_array()) print(name, value);
    for (const auto& item : value.is_array() ? value : nlohmann::ordered_json()) print(name, item);
  }
}

void AddHubCommand(CLI::App& app, CommandContext* context) {
  CLI::App* hub = app.add_subcommand("hub", "Repositories and files on a Hub");
  hub->footer(kFooter);
  hub->require_subcommand(1);
  AddHubRepoCommands(*hub, context);
  AddHubFileCommands(*hub, context);
  AddHubTransferCommands(*hub, context);
  AddHubSpaceCommands(*hub, context);
  AddHubCacheCommand(*hub, context);
  AddHubRollbackCommand(*hub, context);
  AddHubServeCommand(*hub, context);
}

}  // namespace hubmill

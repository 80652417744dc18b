// hubmill hub: what its subcommands share.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cli/command.h"
#include "cli/hub_connection.h"
#include "cli/run_output.h"

namespace hubmill {

/// REPO, and where to look for it.
struct HubArguments : HubChoice {
  std::string repo;
  std::string type = "dataset";
  std::string revision = "main";
  OutputArguments output;
};

/// Adds a subcommand with REPO, --type, --hub, --json and the like; `action` runs it.  `arguments`
/// must live as long as the parser.
CLI::App* AddHubSubcommand(CLI::App& hub, CommandContext* context, const std::string& name,
                           const std::string& help, HubArguments* arguments,
                           const std::function<Status()>& action);

/// --revision, --threads
void AddRevisionOption(CLI::App* command, HubArguments* arguments);
void AddThreadsOption(CLI::App* command, HubArguments* arguments);

/// REPO with its owner; asks the Hub where REPO has none.
Result<RepoId> RepoOf(const HubArguments& arguments, HubClient& client);

/// A fact has the type that it has in JSON, whatever its text looks like.  A list is a line for
/// each item where people read it.
using HubFactValue =
    std::variant<std::string, bool, int64_t, std::vector<std::string>, std::nullptr_t>;
using HubFacts = std::vector<std::pair<std::string, HubFactValue>>;

/// One fact a line, or a JSON object with --json; nothing with --quiet.
void PrintHubFacts(const OutputArguments& output, const HubFacts& facts);

/// The files that a dry run would change: a line for each, or more facts with --json.
void AddChanges(const OutputArguments& output, const CommitResult& result, HubFacts* facts);

/// `create` of a repository of that type, unless --type says otherwise; `pause` and `restart` of a
/// Space.  Under `hub` and under `hub space`.
void AddHubCreateCommand(CLI::App& parent, CommandContext* context, const std::string& type);
void AddHubPauseCommands(CLI::App& parent, CommandContext* context);

void AddHubRepoCommands(CLI::App& hub, CommandContext* context);
void AddHubFileCommands(CLI::App& hub, CommandContext* context);
void AddHubSpaceCommands(CLI::App& hub, CommandContext* context);
void AddHubTransferCommands(CLI::App& hub, CommandContext* context);
void AddHubCacheCommand(CLI::App& hub, CommandContext* context);
void AddHubRollbackCommand(CLI::App& hub, CommandContext* context);

}  // namespace hubmill

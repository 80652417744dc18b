// hubmill signals: its subcommands and what they share.
#pragma once

#include <map>
#include <string>

#include "cli/command.h"
#include "cli/hub_connection.h"
#include "cli/run_output.h"
#include "run/signals_push.h"
#include "signals/guard_rows.h"

namespace hubmill {

void AddSignalsExportCommand(CLI::App& signals, CommandContext* context);
void AddSignalsPushCommand(CLI::App& signals, CommandContext* context);
void AddSignalsGuardCommand(CLI::App& signals, CommandContext* context);
void AddSignalsSchemaCommands(CLI::App& signals, CommandContext* context);

/// A setting of the environment or .env; `otherwise` where it is not there, or empty.
std::string SignalsSetting(const std::string& name, const std::string& otherwise = "");

/// Where a bundle is pushed, as given; empty: what the settings say.
struct SignalsPushArguments : HubChoice {
  std::string repo;
  std::string message = "Update signals_v1 dataset";
  bool is_private = false;
  bool new_schema = false;
};

/// --repo, --commit-message, --private, --new-schema and the choice of the Hub.
std::vector<CLI::Option*> AddSignalsPushOptions(CLI::App* command, SignalsPushArguments* arguments);

/// Why nothing may be pushed now: "HF_EXPORT_ENABLED=false", "HF_TOKEN not set"; empty: it may.
/// `asked`: whether the setting must say so, or only must not say otherwise.
Result<std::string> WhyNoPush(const HubChoice& choice, bool asked);

/// Pushes the bundle.
Result<PublishReport> PushBundle(const SignalsPushArguments& arguments, SignalsPushOptions options,
                                 Progress* progress);

/// The account, one line a number; rules and keys with it.
void PrintSignalsCounts(const SignalsCounts& counts);

}  // namespace hubmill

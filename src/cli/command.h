// The subcommands.  Each lies in a file of its own and adds itself to the parser; its callback runs
// the command and leaves the exit status (design.md, section 5) in the context.
#pragma once

#include <CLI/CLI.hpp>

#include "core/failure.h"

namespace hubmill {

/// What all subcommands share.  Lives as long as the parser.
struct CommandContext {
  int exit_status = 0;
};

void AddRunCommand(CLI::App& app, CommandContext* context);
void AddConvertCommand(CLI::App& app, CommandContext* context);
void AddDedupCommand(CLI::App& app, CommandContext* context);
void AddStatsCommand(CLI::App& app, CommandContext* context);
void AddDiffCommand(CLI::App& app, CommandContext* context);
void AddPlanCommand(CLI::App& app, CommandContext* context);
void AddRecipesCommand(CLI::App& app, CommandContext* context);
void AddRecipeCommand(CLI::App& app, CommandContext* context);
void AddStagesCommand(CLI::App& app, CommandContext* context);
void AddCompletionCommand(CLI::App& app, CommandContext* context);
void AddPublishCommand(CLI::App& app, CommandContext* context);
void AddHarmonyCommand(CLI::App& app, CommandContext* context);
void AddLlmCommand(CLI::App& app, CommandContext* context);
void AddFeedbackCommand(CLI::App& app, CommandContext* context);
void AddTraceCommand(CLI::App& app, CommandContext* context);
void AddTrackCommand(CLI::App& app, CommandContext* context);
void AddHubCommand(CLI::App& app, CommandContext* context);
void AddMetadataCommand(CLI::App& app, CommandContext* context);
void AddServeCommand(CLI::App& app, CommandContext* context);
void AddSignalsCommand(CLI::App& app, CommandContext* context);
void AddSecurityCommand(CLI::App& app, CommandContext* context);
void AddVersionCommand(CLI::App& app, CommandContext* context);

}  // namespace hubmill

// The subcommands that compare and measure data sets.
#pragma once

#include "cli/command.h"

namespace hubmill {

void AddStatsCommand(CLI::App& app, CommandContext* context);
void AddDiffCommand(CLI::App& app, CommandContext* context);

}  // namespace hubmill

// hubmill feedback: its subcommands.  Each lies in a file of its own and adds itself to `feedback`.
#pragma once

#include "cli/command.h"

namespace hubmill {

void AddFeedbackRunCommand(CLI::App& feedback, CommandContext* context);
void AddFeedbackWatchCommands(CLI::App& feedback, CommandContext* context);
void AddFeedbackDeployCommand(CLI::App& feedback, CommandContext* context);

}  // namespace hubmill

// hubmill llm: its subcommands.  Each lies in a file of its own and adds itself to `llm`.
#pragma once

#include "cli/command.h"

namespace hubmill {

void AddLlmNormalizeCommand(CLI::App& llm, CommandContext* context);
void AddLlmPoolsCommand(CLI::App& llm, CommandContext* context);
void AddLlmRunCommand(CLI::App& llm, CommandContext* context);
void AddLlmInventoryCommand(CLI::App& llm, CommandContext* context);

}  // namespace hubmill

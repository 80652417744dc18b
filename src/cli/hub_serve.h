// hubmill hub serve: the embedded Hub as a program.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/command.h"

namespace hubmill {

/// Adds `serve` to the group of hub subcommands.
void AddHubServeCommand(CLI::App& hub, CommandContext* context);

}  // namespace hubmill

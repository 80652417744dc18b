// hubmill show
#pragma once

#include "cli/command.h"

namespace hubmill {

void AddShowCommand(CLI::App& app, CommandContext* context);

}  // namespace hubmill

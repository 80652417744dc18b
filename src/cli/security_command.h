// hubmill security: its subcommands.
#pragma once

#include "cli/command.h"

namespace hubmill {

void AddSecurityBuildIot23Command(CLI::App& security, CommandContext* context);
void AddSecurityBuildOodCommand(CLI::App& security, CommandContext* context);
void AddSecurityCloneSourcesCommand(CLI::App& security, CommandContext* context);
void AddSecurityInstallToolsCommand(CLI::App& security, CommandContext* context);
void AddSecurityBuildK8sTfCommand(CLI::App& security, CommandContext* context);
void AddSecurityValidateCommands(CLI::App& security, CommandContext* context);
void AddSecurityPushCanonicalCommand(CLI::App& security, CommandContext* context);
void AddSecurityAuditCommand(CLI::App& security, CommandContext* context);

/// Where a set lies unless a command says otherwise, below the working directory.
inline constexpr char kE1DataDir[] = "environments/sv-env-network-logs/data";
inline constexpr char kE2DataDir[] = "environments/sv-env-config-verification/data";

}  // namespace hubmill

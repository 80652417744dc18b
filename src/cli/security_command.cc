// hubmill security: evaluation sets whose labels come from real tools.
#include "cli/security_command.h"

namespace hubmill {

void AddSecurityCommand(CLI::App& app, CommandContext* context) {
  CLI::App* security = app.add_subcommand(
      "security", "Evaluation sets from network flows and from infrastructure code");
  security->footer("docs/recipes/security.md tells the rest.");
  security->require_subcommand(1);
  AddSecurityBuildIot23Command(*security, context);
  AddSecurityBuildOodCommand(*security, context);
  AddSecurityCloneSourcesCommand(*security, context);
  AddSecurityInstallToolsCommand(*security, context);
  AddSecurityBuildK8sTfCommand(*security, context);
  AddSecurityValidateCommands(*security, context);
  AddSecurityPushCanonicalCommand(*security, context);
  AddSecurityAuditCommand(*security, context);
}

}  // namespace hubmill

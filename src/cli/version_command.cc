#include "cli/command.h"
#include "cli/terminal.h"
#include "hubmill/hubmill.h"

namespace hubmill {

void AddVersionCommand(CLI::App& app, CommandContext*) {
  CLI::App* command = app.add_subcommand("version", "Print the version");
  command->footer("Example:\n  hubmill version");
  command->callback([] { PrintFacts(std::string("hubmill ") + Version() + "\n"); });
}

}  // namespace hubmill

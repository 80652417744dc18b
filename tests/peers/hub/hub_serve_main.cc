// `hub serve` alone, without the rest of hubmill: what the Hub's own tests start.
#include <csignal>

#include "cli/hub_serve.h"
#include "cli/terminal.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("The embedded Hub alone", "hub_serve");
  hubmill::CommandContext context;
  app.require_subcommand(1);
  hubmill::AddHubServeCommand(app, &context);
  CLI11_PARSE(app, argc, argv);
  return context.exit_status;
}

// hubmill's command line.  Each subcommand is a file of its own beside this one; here they are only
// listed, and what goes wrong while parsing becomes exit status 2.
#include <algorithm>
#include <csignal>
#include <exception>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/terminal.h"
#include "core/setting.h"
#include "hubmill/hubmill.h"

namespace hubmill {
namespace {

constexpr char kFooter[] =
    "Exit status: 0 done, 1 the run failed, 2 wrong usage or configuration, 3 the data was "
    "refused,\n"
    "             4 an outside service could not be used.\n"
    "Example:\n"
    "  hubmill run sample --out out/sample\n"
    "Start with `hubmill recipes` and `hubmill run NAME`; docs/recipes.md tells the rest.";

void AddCommands(CLI::App& app, CommandContext* context) {
  AddRunCommand(app, context);
  AddConvertCommand(app, context);
  AddPlanCommand(app, context);
  AddRecipesCommand(app, context);
  AddRecipeCommand(app, context);
  AddStagesCommand(app, context);
  AddPublishCommand(app, context);
  AddHarmonyCommand(app, context);
  AddHubCommand(app, context);
  AddMetadataCommand(app, context);
  AddCompletionCommand(app, context);
  AddVersionCommand(app, context);
}

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

// CLI11 only says that an argument was not expected; a person wants the nearest right name.
int RefuseUnknownCommand(const std::string& name, const std::vector<std::string>& known) {
  const std::string nearest = NearestName(name, known);
  return ReportFailure(WrongUsage("no such subcommand: name=", name,
                                  nearest.empty() ? "; remedy: see `hubmill --help`"
                                                  : "; remedy: did you mean " + nearest + "?"));
}

int Main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // A reader that went away is not our failure.
  std::signal(SIGXFSZ, SIG_IGN);  // The write fails instead, with a message that names the file.
  CLI::App app("hubmill prepares machine-learning data sets: a recipe in, verified files out.",
               "hubmill");
  CommandContext context;
  app.set_version_flag("--version", std::string("hubmill ") + Version());
  app.footer(kFooter);
  app.require_subcommand(1);
  AddCommands(app, &context);
  const std::vector<std::string> known = CommandNames(app);
  if (argc > 1 && argv[1][0] != '-' &&
      std::find(known.begin(), known.end(), argv[1]) == known.end()) {
    return RefuseUnknownCommand(argv[1], known);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help and --version
    app.exit(success);
    return FlushFacts(0);
  } catch (const CLI::ParseError& error) {
    return ReportFailure(WrongUsage(error.what(), "; remedy: see `hubmill ",
                                    argc > 1 && argv[1][0] != '-' ? std::string(argv[1]) + " " : "",
                                    "--help`"));
  }
  return FlushFacts(context.exit_status);
}

}  // namespace
}  // namespace hubmill

int main(int argc, char** argv) {
  try {
    return hubmill::Main(argc, argv);
  } catch (const std::exception& error) {
    hubmill::PrintMessage(std::string("error: ") + error.what());
    return 1;
  }
}

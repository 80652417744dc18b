// hubmill's command line.  Each subcommand is a file of its own beside this one; here they are only
// listed, and what goes wrong while parsing becomes exit status 2.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "base/simd_level.h"
#include "cli/command.h"
#include "cli/show_command.h"
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
  AddDedupCommand(app, context);
  AddStatsCommand(app, context);
  AddDiffCommand(app, context);
  AddPlanCommand(app, context);
  AddRecipesCommand(app, context);
  AddRecipeCommand(app, context);
  AddStagesCommand(app, context);
  AddPublishCommand(app, context);
  AddHarmonyCommand(app, context);
  AddLlmCommand(app, context);
  AddFeedbackCommand(app, context);
  AddShowCommand(app, context);
  AddTraceCommand(app, context);
  AddTrackCommand(app, context);
  AddHubCommand(app, context);
  AddServeCommand(app, context);
  AddMetadataCommand(app, context);
  AddSignalsCommand(app, context);
  AddSecurityCommand(app, context);
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

/// The command that the arguments name, as far as they name one.
struct NamedCommand {
  std::string words = "hubmill";       // With the subcommands that were found.
  std::optional<std::string> unknown;  // What stands where a subcommand should.
  std::vector<std::string> known;      // What could stand there.
};

NamedCommand FindCommand(const CLI::App& app, int argc, char** argv) {
  NamedCommand found;
  const CLI::App* group = &app;
  for (int i = 1; i < argc && argv[i][0] != '-'; ++i) {
    found.known = CommandNames(*group);
    const auto named = group->get_subcommands(
        [&](const CLI::App* command) { return command->check_name(argv[i]); });  // Or an alias.
    if (named.empty()) {
      if (group->get_require_subcommand_min() > 0) found.unknown = argv[i];
      break;
    }
    group = named[0];
    found.words += Concat(" ", argv[i]);
  }
  return found;
}

// CLI11 only says that an argument was not expected; a person wants the nearest right name.
int RefuseUnknownCommand(const NamedCommand& command) {
  const std::string nearest = NearestName(*command.unknown, command.known);
  return ReportFailure(WrongUsage("no such subcommand: name=", *command.unknown,
                                  nearest.empty() ? "; remedy: see `" + command.words + " --help`"
                                                  : "; remedy: did you mean " + nearest + "?"));
}

/// HUBMILL_SIMD chooses the vector instructions, to see that the answer is the same with others.
Status CheckSimdLevel() {
  const char* name = std::getenv("HUBMILL_SIMD");
  if (name == nullptr || *name == '\0') return Status::OK();
  const auto level = SimdLevelNamed(name);
  if (level && *level <= MachineSimdLevel()) return Status::OK();
  return WrongUsage(level ? "this machine has no such instructions: HUBMILL_SIMD="
                          : "no such level of instructions: HUBMILL_SIMD=",
                    name, "; remedy: avx512, avx2 or portable, as the machine has it, or unset it");
}

int Main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // A reader that went away is not our failure.
  std::signal(SIGXFSZ, SIG_IGN);  // The write fails instead, with a message that names the file.
  const Status simd_level = CheckSimdLevel();
  if (!simd_level.ok()) return ReportFailure(simd_level);
  CLI::App app("hubmill prepares machine-learning data sets: a recipe in, verified files out.",
               "hubmill");
  CommandContext context;
  app.set_version_flag("--version", std::string("hubmill ") + Version());
  app.footer(kFooter);
  app.require_subcommand(1);
  AddCommands(app, &context);
  const NamedCommand command = FindCommand(app, argc, argv);
  if (command.unknown) return RefuseUnknownCommand(command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help and --version
    app.exit(success);
    return FlushFacts(0);
  } catch (const CLI::ParseError& error) {
    return ReportFailure(WrongUsage(error.what(), "; remedy: see `", command.words, " --help`"));
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

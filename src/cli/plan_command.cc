// hubmill plan: what a recipe would do, bound to its inputs.
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/hub_connection.h"
#include "cli/recipe_file.h"
#include "cli/run_output.h"
#include "cli/terminal.h"
#include "hubmill/hubmill.h"
#include "run/plan.h"

namespace hubmill {
namespace {

struct PlanArguments {
  std::string recipe;
  std::vector<std::string> set;
  int64_t seed = RunOptions().seed;
  HubChoice hub;
};

Status ShowPlan(const PlanArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const Recipe recipe,
                        LoadRecipeNamed(arguments.recipe, arguments.set, arguments.seed));
  PrintFacts("recipe " + recipe.name + "\n");
  for (const RecipeParam& param : recipe.params) {
    PrintFacts("parameter " + param.name + " = " +
               (param.secret      ? "***"
                : param.has_value ? param.value
                                  : "(none)") +
               (param.from.empty() ? "" : " (" + param.from + ")") + "\n");
  }
  ARROW_ASSIGN_OR_RAISE(const RunHub hub, OpenHubOfRun(arguments.hub));
  const RunOptions options{.seed = arguments.seed, .hub = hub.url, .hub_token = hub.token};
  ARROW_ASSIGN_OR_RAISE(const Plan plan, MakePlan(recipe, options));
  PrintFacts(recipe.Redact(plan.ToText()));
  return Status::OK();
}

}  // namespace

void AddPlanCommand(CLI::App& app, CommandContext* context) {
  auto arguments = std::make_shared<PlanArguments>();
  CLI::App* command = app.add_subcommand("plan", "Show what a recipe would do");
  command->footer("Example:\n  hubmill plan sample");
  command->add_option("RECIPE", arguments->recipe, "A recipe file or name")->required();
  command->add_option("--set", arguments->set, "NAME=VALUE of a parameter")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--seed", arguments->seed, "Seed (42)")
      ->check(CLI::Range(int64_t{0}, kSeedMax));
  AddHubChoice(command, &arguments->hub);
  command->callback([arguments, context] {
    const Status status = ShowPlan(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill

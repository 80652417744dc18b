// hubmill plan: what a recipe would do, in phases.  An arranger must see all rows before the first
// comes out, so each one ends a phase; everything else flows through in one.
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/recipe_file.h"
#include "cli/terminal.h"
#include "hubmill/hubmill.h"

namespace hubmill {
namespace {

struct PlanArguments {
  std::string recipe;
  std::vector<std::string> set;
  int64_t seed = RunOptions().seed;
};

std::string KindOfBlock(const std::string& stage) {
  const auto found = AllBlocks().stages.find(stage);
  return found == AllBlocks().stages.end() ? "" : found->second.kind;
}

std::string BlockLine(const char* role, const BlockUse& use) {
  const std::string options = ToYamlText(use.options);
  return "    " + std::string(role) + " " + use.name + (options == "null" ? "" : " " + options) +
         "\n";
}

void PrintDatasetPlan(const DatasetRecipe& dataset) {
  PrintFacts("data set " + dataset.name + "\n  phase 1\n" + BlockLine("read", dataset.source));
  int phase = 1;
  for (const BlockUse& stage : dataset.stages) {
    const std::string kind = KindOfBlock(stage.name);
    PrintFacts(BlockLine(kind.c_str(), stage));
    if (kind == "arranger") PrintFacts("  phase " + std::to_string(++phase) + "\n");
  }
  PrintFacts(BlockLine("write", dataset.sink));
}

Status Plan(const PlanArguments& arguments) {
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
  for (const DatasetRecipe& dataset : recipe.datasets) PrintDatasetPlan(dataset);
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
  command->add_option("--seed", arguments->seed, "Seed (42)");
  command->callback([arguments, context] {
    const Status status = Plan(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill

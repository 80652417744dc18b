// hubmill recipes; hubmill recipe check|show|schema.
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/recipe_file.h"
#include "cli/terminal.h"
#include "hubmill/hubmill.h"

namespace hubmill {
namespace {

std::string DescriptionOf(const std::string& name, const std::string& text) {
  const auto parsed = ParseYaml(text, "builtin:" + name);
  if (!parsed.ok() || parsed->kind != Setting::Kind::kMap) return "";
  const Setting* description = parsed->Find("description");
  return description == nullptr ? "" : description->scalar;
}

void PrintRecipes(bool json) {
  Setting list = Setting::List({});
  for (const auto& [name, text] : BuiltinRecipes()) {
    const std::string description = DescriptionOf(name, text);
    if (!json) {
      PrintFacts(name + std::string(name.size() < 14 ? 14 - name.size() : 1, ' ') + description +
                 "\n");
      continue;
    }
    Setting row;
    row.kind = Setting::Kind::kMap;
    row.entries = {{"name", Setting::Scalar(name)}, {"description", Setting::Scalar(description)}};
    for (auto& [key, value] : row.entries) value.quoted = true;
    list.items.push_back(std::move(row));
  }
  if (json) PrintFacts(ToJsonText(list) + "\n");
}

Status CheckRecipe(const std::string& file, const std::vector<std::string>& set) {
  ARROW_ASSIGN_OR_RAISE(const Recipe recipe, LoadRecipeNamed(file, set, RunOptions().seed));
  size_t stages = 0;
  for (const DatasetRecipe& dataset : recipe.datasets) stages += dataset.stages.size();
  PrintFacts(recipe.file + ": ok, " + std::to_string(recipe.datasets.size()) + " data sets, " +
             std::to_string(stages) + " stages\n");
  return Status::OK();
}

struct RecipeArguments {
  std::vector<std::string> files;
  std::vector<std::string> set;
  std::string name;
};

void AddCheck(CLI::App& recipe, const std::shared_ptr<RecipeArguments>& arguments,
              CommandContext* context) {
  CLI::App* check = recipe.add_subcommand("check", "Check recipes; read no data");
  check->footer("Example:\n  hubmill recipe check recipes/sample.yaml");
  check->add_option("FILE", arguments->files, "Recipe files or names")->required();
  check->add_option("--set", arguments->set, "NAME=VALUE of a parameter")
      ->take_all()
      ->allow_extra_args(false);
  check->callback([arguments, context] {
    for (const std::string& file : arguments->files) {
      const Status status = CheckRecipe(file, arguments->set);
      if (!status.ok()) context->exit_status = ReportFailure(status);
    }
  });
}

}  // namespace

void AddRecipesCommand(CLI::App& app, CommandContext*) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("recipes", "List the recipes in this binary");
  command->footer("Example:\n  hubmill recipes");
  command->add_flag("--json", *json, "As JSON");
  command->callback([json] { PrintRecipes(*json); });
}

void AddRecipeCommand(CLI::App& app, CommandContext* context) {
  auto arguments = std::make_shared<RecipeArguments>();
  CLI::App* recipe = app.add_subcommand("recipe", "Check, show and describe recipes");
  recipe->footer("Example:\n  hubmill recipe show sample");
  recipe->require_subcommand(1);
  AddCheck(*recipe, arguments, context);
  CLI::App* show = recipe->add_subcommand("show", "Print a recipe, to copy and change");
  show->footer("Example:\n  hubmill recipe show sample > mine.yaml");
  show->add_option("NAME", arguments->name, "A built-in recipe or a file")->required();
  show->callback([arguments, context] {
    const Result<RecipeText> found = FindRecipe(arguments->name);
    if (found.ok()) {
      PrintFacts(found->text);
    } else {
      context->exit_status = ReportFailure(found.status());
    }
  });
  CLI::App* schema = recipe->add_subcommand("schema", "Print the JSON Schema of recipes");
  schema->footer("Example:\n  hubmill recipe schema > recipe.schema.json");
  schema->callback([] { PrintFacts(RecipeJsonSchema(AllBlocks()) + "\n"); });
}

}  // namespace hubmill

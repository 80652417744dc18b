#include "cli/feedback_settings.h"

#include <algorithm>

#include "cli/recipe_file.h"
#include "core/recipe_params.h"
#include "hub/repo_id.h"
#include "io/postgres/pg_url.h"
#include "run/hub_access.h"

namespace hubmill {
namespace {

constexpr std::string_view kPrefix = "feedback-";
constexpr char kRepoParam[] = "repo";

/// A recipe before its parameters have values.
struct Unread {
  std::string name;  // As given.
  std::string label;
  RecipeText text;
  Setting root;
};

std::string LabelOf(const Setting& root) {
  const Setting* name = root.kind == Setting::Kind::kMap ? root.Find("recipe") : nullptr;
  std::string label = name == nullptr ? "" : name->scalar;
  if (label.starts_with(kPrefix)) label.erase(0, kPrefix.size());
  return label;
}

Result<std::vector<Unread>> FindRecipes(const FeedbackChoice& choice) {
  std::vector<std::string> names = choice.recipes;
  if (names.empty()) names = {"feedback-department", "feedback-urgency"};
  std::vector<Unread> wanted;
  std::vector<std::string> known;
  for (const std::string& name : names) {
    Unread recipe{.name = name};
    ARROW_ASSIGN_OR_RAISE(recipe.text, FindRecipe(name));
    ARROW_ASSIGN_OR_RAISE(recipe.root, ParseYaml(recipe.text.text, recipe.text.file));
    recipe.label = LabelOf(recipe.root);
    if (std::find(known.begin(), known.end(), recipe.label) != known.end()) {
      return WrongUsage("two recipes have one label, and would write one folder: label=",
                        recipe.label, "; remedy: another `recipe:` name in one of them");
    }
    known.push_back(recipe.label);
    if (choice.label == "both" || choice.label == recipe.label) wanted.push_back(std::move(recipe));
  }
  if (!wanted.empty()) return wanted;
  const std::string nearest = NearestName(choice.label, known);
  return WrongUsage("no recipe has this label: label=", choice.label,
                    nearest.empty() ? "; remedy: department, urgency or both, or --recipe FILE"
                                    : "; remedy: did you mean " + nearest + "?");
}

/// What is missing in the environment, and what is wrong with what is there.
class SettingsCheck {
 public:
  SettingsCheck(const FeedbackChoice& choice, ParamValues values)
      : choice_(choice), values_(std::move(values)) {}

  Status Check(const std::vector<Unread>& recipes) {
    if (choice_.needs_token) {
      ARROW_ASSIGN_OR_RAISE(const EnvironmentLookup settings, FindSettings());
      ARROW_ASSIGN_OR_RAISE(const std::string token, FindToken(settings));
      if (token.empty()) Miss("HF_TOKEN");
    }
    std::vector<std::vector<RecipeParam>> params;
    for (const Unread& recipe : recipes) {
      const Setting* of_recipe =
          recipe.root.kind == Setting::Kind::kMap ? recipe.root.Find("params") : nullptr;
      params.push_back(ReadParams(of_recipe, recipe.text.file, values_, choice_.seed, &errors_));
    }
    for (const auto& of_recipe : params) {
      for (const RecipeParam& param : of_recipe) {
        if (choice_.publishes && param.name == kRepoParam && param.value.empty()) Miss(param.env);
      }
    }
    for (const auto& of_recipe : params) {
      for (const RecipeParam& param : of_recipe) {
        if (!param.has_value && param.name != kRepoParam) Miss(param.env);
      }
    }
    return Report();
  }

 private:
  void Miss(const std::string& variable) {
    const bool told = std::find(missing_.begin(), missing_.end(), variable) != missing_.end();
    if (!variable.empty() && !told) missing_.push_back(variable);
  }

  Status Report() const {
    std::string all;
    for (const std::string& name : missing_) all += (all.empty() ? "" : ", ") + name;
    if (!all.empty()) {
      all = "settings are missing: " + all + "; remedy: set them in the environment or in .env";
    }
    std::vector<std::string> told;
    for (const std::string& message : errors_.messages()) {
      const std::string what = message.substr(message.find(": ") + 2);  // Both recipes say it.
      if (std::find(told.begin(), told.end(), what) != told.end()) continue;
      told.push_back(what);
      all += (all.empty() ? "" : "\n") + message;
    }
    return all.empty() ? Status::OK() : WrongUsage(all);
  }

  const FeedbackChoice& choice_;
  const ParamValues values_;
  ErrorList errors_;
  std::vector<std::string> missing_;
};

/// What has not the form that it must have, found out before anybody is asked.
class FormCheck {
 public:
  explicit FormCheck(const FeedbackChoice& choice) : choice_(choice) {}

  Status Check(const std::vector<FeedbackSet>& sets) {
    for (const FeedbackSet& set : sets) {
      CheckSources(set.recipe);
      if (choice_.publishes) CheckRepo(set.recipe);
      if (choice_.watches && set.recipe.watch) {
        CheckSpace(set.recipe.watch->space);
        for (const std::string& space : set.recipe.watch->restart) CheckSpace(space);
      }
    }
    for (const std::string& space : choice_.spaces) CheckSpace(space);
    std::string all;
    for (const std::string& message : wrong_) all += (all.empty() ? "" : "\n") + message;
    return all.empty() ? Status::OK() : WrongUsage(all);
  }

 private:
  void Take(const Status& status) {  // Both recipes may say it.
    const bool told = std::find(wrong_.begin(), wrong_.end(), status.message()) != wrong_.end();
    if (!status.ok() && !told) wrong_.push_back(status.message());
  }

  void CheckSources(const Recipe& recipe) {
    for (const DatasetRecipe& dataset : recipe.datasets) {
      if (dataset.source.name != "postgres") continue;
      const std::string& url = dataset.source.options.Find("url")->scalar;
      std::string setting = "source postgres";
      for (const RecipeParam& param : recipe.params) {
        if (param.value == url && !param.env.empty()) setting = param.env;
      }
      Take(WithContext(CheckPgUrl(url), setting + ": "));
    }
  }

  void CheckRepo(const Recipe& recipe) {
    for (const std::string& space : recipe.publish.restart) CheckSpace(space);
    if (recipe.publish.repo.empty()) return;  // Told as what is missing, not as what is wrong.
    const Result<RepoId> repo = ParseRepoId(recipe.publish.repo);
    Take(repo.status());
    if (!repo.ok()) return;
    if (std::find(repos_.begin(), repos_.end(), repo->full()) != repos_.end()) {
      Take(WrongUsage("two labels have one repository, and only one would be in it: repo=",
                      repo->full(), "; remedy: a repository for each"));
    }
    repos_.push_back(repo->full());
  }

  void CheckSpace(const std::string& name) {
    if (!name.empty()) Take(ParseRepoId(name, RepoType::kSpace).status());
  }

  const FeedbackChoice& choice_;
  std::vector<std::string> repos_;
  std::vector<std::string> wrong_;
};

}  // namespace

Result<std::vector<FeedbackSet>> LoadFeedbackSets(const FeedbackChoice& choice) {
  ARROW_ASSIGN_OR_RAISE(const auto recipes, FindRecipes(choice));
  ParamValues values;
  ARROW_ASSIGN_OR_RAISE(values.set, ReadSetOptions(choice.set));
  values.env = &EnvironmentOrDotenv;
  ARROW_RETURN_NOT_OK(SettingsCheck(choice, std::move(values)).Check(recipes));
  std::vector<FeedbackSet> sets;
  for (const Unread& recipe : recipes) {
    ARROW_ASSIGN_OR_RAISE(Recipe loaded, LoadRecipeNamed(recipe.name, choice.set, choice.seed));
    sets.push_back({.label = recipe.label, .recipe = std::move(loaded)});
  }
  ARROW_RETURN_NOT_OK(FormCheck(choice).Check(sets));
  return sets;
}

}  // namespace hubmill

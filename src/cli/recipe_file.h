// From what a person types to a checked recipe: a file's path, or the name of a built-in one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/recipe.h"

namespace hubmill {

struct RecipeText {
  std::string file;  // The path, or "builtin:NAME".
  std::string text;
};

/// The text of the recipe file or built-in recipe `name`; an unknown one is an error of kind
/// kWrongUsage that names the nearest.
Result<RecipeText> FindRecipe(const std::string& name);

/// "k=v" pairs of --set.
Result<std::vector<std::pair<std::string, std::string>>> ReadSetOptions(
    const std::vector<std::string>& pairs);

/// Of the environment, then of `.env` in the working directory or above it.
std::optional<std::string> EnvironmentOrDotenv(const std::string& name);

/// Finds, parses and checks.  Parameters come from --set, the environment, `.env`, defaults.
Result<Recipe> LoadRecipeNamed(const std::string& name, const std::vector<std::string>& set,
                               int64_t seed);

}  // namespace hubmill

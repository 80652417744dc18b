// Parameters of a recipe: their values, and ${name} in the recipe's texts.
#pragma once

#include <string>
#include <vector>

#include "core/recipe.h"

namespace hubmill {

/// Reads `params:` and gives each parameter its value: --set, environment, default, in this order.
std::vector<RecipeParam> ReadParams(const Setting* params, const std::string& file,
                                    const ParamValues& values, int64_t run_seed, ErrorList* errors);

/// Sets RecipeParam::in_path by the paths that `source` says, ${name} still in them.
void MarkPathParams(const Setting& source, std::vector<RecipeParam>* params);

/// Replaces ${name} in every text below `setting`; $${ stands for ${.  A text that is one reference
/// as a whole is a string only where the parameter's type says so.
void SubstituteParams(Setting* setting, const std::vector<RecipeParam>& params,
                      const std::string& file, ErrorList* errors);

}  // namespace hubmill

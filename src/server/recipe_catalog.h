// The recipes that a client may start: those in the binary, and those of the operator's folder.
//
// A client chooses a recipe by name and values for its parameters.  A recipe was written for
// somebody at a command line, who may open every file and every address; a client may not.  So a
// parameter of type string is looked at where it is used:
//   free    only in stages, in what is published, or in rows of the recipe itself: any value
//   place   in the path of a source: a path that lies below one of the operator's input roots
//   fixed   in a query, an address, a file of another kind, or secret: never by a client
// Integers, numbers and booleans cannot name anything, so they are free.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/recipe.h"

namespace hubmill::server {

enum class ParamUse { kFree, kPlace, kFixed };
std::string_view NameOf(ParamUse use);

struct CatalogParam {
  RecipeParam param;  // Its value is the default; no environment is read.
  ParamUse use = ParamUse::kFree;
};

struct CatalogRecipe {
  std::string name;
  std::string description;
  std::string file;  // What `hubmill run` gets: the name of a built-in recipe, or the file.
  std::string text;
  std::vector<CatalogParam> params;
};

struct CatalogOptions {
  std::string folder;                    // Of *.yaml; empty: built-in recipes only.
  std::vector<std::string> input_roots;  // Folders below which a `place` may lie.
  // How parameters read the environment; null: getenv.
  std::optional<std::string> (*env)(const std::string& name) = nullptr;
};

/// Thread-safe once made.
class RecipeCatalog {
 public:
  /// A file that is no recipe, or has the name of another, is kWrongUsage.
  static Result<RecipeCatalog> Open(const CatalogOptions& options);

  /// By name.
  const std::map<std::string, CatalogRecipe>& recipes() const { return recipes_; }
  const CatalogRecipe* Find(const std::string& name) const;

  /// kWrongUsage where a value may not be given by a client, or the recipe does not accept it.
  Status CheckValues(const CatalogRecipe& recipe,
                     const std::vector<std::pair<std::string, std::string>>& set,
                     int64_t seed) const;

 private:
  Status Add(const std::string& name, const std::string& file, const std::string& text);
  Status CheckPlace(const std::string& name, const std::string& value) const;

  std::map<std::string, CatalogRecipe> recipes_;
  std::vector<std::string> roots_;  // Absolute, symbolic links resolved, ending in a slash.
  std::optional<std::string> (*env_)(const std::string& name) = nullptr;
};

/// The parameters that `root`, a recipe as written, declares, and how it uses them.
std::vector<CatalogParam> ParamsOf(const Setting& root);

}  // namespace hubmill::server

#include "server/recipe_catalog.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "hubmill/hubmill.h"

namespace hubmill::server {
namespace {

namespace fs = std::filesystem;

constexpr size_t kRecipesMax = 1000;

/// Absolute, without links as far as it exists, and without a slash at its end.
Result<std::string> Resolved(const std::string& path) {
  std::error_code error;
  fs::path whole = fs::weakly_canonical(fs::absolute(path, error), error);
  if (error) return WrongUsage("cannot resolve a path: path=", path, " why=", error.message());
  std::string text = whole.string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

Result<std::string> ReadFile(const fs::path& path) {
  std::error_code error;
  if (fs::file_size(path, error) > static_cast<uintmax_t>(kRecipeBytesMax) || error) {
    return WrongUsage("cannot read a recipe: file=", path.string(),
                      "; remedy: keep recipes alone in the folder of --recipes");
  }
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

Result<RecipeCatalog> RecipeCatalog::Open(const CatalogOptions& options) {
  RecipeCatalog catalog;
  catalog.env_ = options.env;
  for (const std::string& root : options.input_roots) {
    std::error_code error;
    if (!fs::is_directory(root, error)) {
      return WrongUsage("an input root is no folder: folder=", root,
                        "; remedy: name a folder in --input-root");
    }
    ARROW_ASSIGN_OR_RAISE(const std::string resolved, Resolved(root));
    catalog.roots_.push_back(resolved == "/" ? resolved : resolved + "/");
  }
  for (const auto& [name, text] : BuiltinRecipes()) {
    ARROW_RETURN_NOT_OK(catalog.Add(name, name, text));
  }
  if (options.folder.empty()) return catalog;
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(options.folder, error);
       !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() == ".yaml") files.push_back(entry->path());
  }
  if (error || files.size() > kRecipesMax) {
    return WrongUsage("cannot list the folder of recipes: folder=", options.folder,
                      " files_max=", kRecipesMax, "; remedy: check --recipes");
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    ARROW_ASSIGN_OR_RAISE(const std::string text, ReadFile(file));
    ARROW_RETURN_NOT_OK(catalog.Add(file.stem().string(), fs::absolute(file).string(), text));
  }
  return catalog;
}

Status RecipeCatalog::Add(const std::string& name, const std::string& file,
                          const std::string& text) {
  ARROW_ASSIGN_OR_RAISE(const Setting root, ParseYaml(text, file));
  if (root.kind != Setting::Kind::kMap) {
    return WrongUsage("not a recipe: file=", file, "; remedy: see `hubmill recipe check`");
  }
  const Setting* description = root.Find("description");
  CatalogRecipe recipe{.name = name,
                       .description = description == nullptr ? "" : description->scalar,
                       .file = file,
                       .text = text,
                       .params = ParamsOf(root)};
  if (recipes_.emplace(name, std::move(recipe)).second) return Status::OK();
  return WrongUsage("two recipes have one name: name=", name, " file=", file,
                    "; remedy: rename the file");
}

const CatalogRecipe* RecipeCatalog::Find(const std::string& name) const {
  const auto found = recipes_.find(name);
  return found == recipes_.end() ? nullptr : &found->second;
}

Status RecipeCatalog::CheckPlace(const std::string& name, const std::string& value) const {
  const Status refusal = WrongUsage(
      "this parameter is a place of files, and the value lies below no input root: "
      "parameter=",
      name, "; remedy: a path below a folder that the server's operator named by ", "--input-root");
  if (value.empty() || value.find("://") != value.npos || value.starts_with("file:")) {
    return refusal;
  }
  ARROW_ASSIGN_OR_RAISE(const std::string resolved, Resolved(value));
  const bool inside = std::any_of(roots_.begin(), roots_.end(), [&](const std::string& root) {
    return (resolved + "/").starts_with(root);
  });
  return inside ? Status::OK() : refusal;
}

Status RecipeCatalog::CheckValues(const CatalogRecipe& recipe,
                                  const std::vector<std::pair<std::string, std::string>>& set,
                                  int64_t seed) const {
  for (const auto& [name, value] : set) {
    const auto param =
        std::find_if(recipe.params.begin(), recipe.params.end(),
                     [&, &wanted = name](const CatalogParam& p) { return p.param.name == wanted; });
    if (param == recipe.params.end()) {
      return WrongUsage("the recipe has no such parameter: parameter=", name,
                        " recipe=", recipe.name, "; remedy: see /api/v1/recipes/", recipe.name);
    }
    if (param->use == ParamUse::kFixed) {
      return WrongUsage("this parameter is the operator's alone: parameter=", name,
                        "; remedy: leave it out; its value comes from the server's environment ",
                        "or the recipe");
    }
    if (param->use == ParamUse::kPlace) ARROW_RETURN_NOT_OK(CheckPlace(name, value));
  }
  const ParamValues values = {.set = set, .env = env_};
  return LoadRecipe(recipe.text, recipe.file, AllBlocks(), values, seed).status();
}

}  // namespace hubmill::server

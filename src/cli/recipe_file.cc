#include "cli/recipe_file.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include "hubmill/hubmill.h"
#include "run/dotenv.h"

namespace hubmill {
namespace {

Result<std::string> ReadRecipeFile(const std::string& path) {
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  std::string text(kRecipeBytesMax + 1, '\0');
  errno = 0;
  const size_t size = file == nullptr ? 0 : std::fread(text.data(), 1, text.size(), file.get());
  if (file == nullptr || std::ferror(file.get()) != 0) {
    return WrongUsage("cannot read the recipe: file=", path, " reason=", std::strerror(errno),
                      "; remedy: check the path and its permissions");
  }
  if (size > static_cast<size_t>(kRecipeBytesMax)) {
    return WrongUsage("the recipe is too large: file=", path, " bytes_max=", kRecipeBytesMax,
                      "; remedy: give the recipe, not a data file");
  }
  text.resize(size);
  return text;
}

bool Exists(const std::string& path) {
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  return file != nullptr || errno != ENOENT;
}

}  // namespace

Result<RecipeText> FindRecipe(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& [builtin, text] : BuiltinRecipes()) {
    if (builtin == name) return RecipeText{"builtin:" + name, text};
    known.push_back(builtin);
  }
  if (Exists(name)) {
    ARROW_ASSIGN_OR_RAISE(std::string text, ReadRecipeFile(name));
    return RecipeText{name, std::move(text)};
  }
  const std::string nearest = NearestName(name, known);
  return WrongUsage("no recipe of that name, in the binary or as a file: recipe=", name,
                    nearest.empty() ? "; remedy: see `hubmill recipes`"
                                    : "; remedy: did you mean " + nearest + "?");
}

Result<std::vector<std::pair<std::string, std::string>>> ReadSetOptions(
    const std::vector<std::string>& pairs) {
  std::vector<std::pair<std::string, std::string>> values;
  for (const std::string& pair : pairs) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      return WrongUsage("--set takes NAME=VALUE; remedy: write for example --set data=../data");
    }
    values.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return values;
}

std::optional<std::string> EnvironmentOrDotenv(const std::string& name) {
  if (const char* value = std::getenv(name.c_str())) return value;
  static const DotenvPairs* pairs = new DotenvPairs(FindDotenv(".").ValueOr({}));
  for (const auto& [key, value] : *pairs) {
    if (key == name) return value;
  }
  return std::nullopt;
}

Result<Recipe> LoadRecipeNamed(const std::string& name, const std::vector<std::string>& set,
                               int64_t seed) {
  ARROW_ASSIGN_OR_RAISE(RecipeText found, FindRecipe(name));
  ARROW_RETURN_NOT_OK(FindDotenv(".").status());
  ParamValues values;
  ARROW_ASSIGN_OR_RAISE(values.set, ReadSetOptions(set));
  values.env = &EnvironmentOrDotenv;
  return LoadRecipe(found.text, found.file, AllBlocks(), values, seed);
}

}  // namespace hubmill

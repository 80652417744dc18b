// Where ${name} stands in a recipe.  Unknown places count as fixed, so that a new block of recipes
// cannot open a way that nobody thought of.
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "core/recipe_params.h"
#include "server/recipe_catalog.h"

namespace hubmill::server {
namespace {

constexpr std::array<std::string_view, 3> kUses = {"free", "place", "fixed"};
constexpr std::array<std::string_view, 4> kSafeBlocks = {"recipe", "description", "stages",
                                                         "publish"};
constexpr std::array<std::string_view, 4> kFileOptions = {"file", "path", "folder", "url"};
constexpr std::array<std::string_view, 3> kFileSources = {"csv", "jsonl", "parquet"};

template <size_t N>
bool IsOneOf(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class UseFinder {
 public:
  explicit UseFinder(std::vector<CatalogParam>* params) : params_(*params) {}

  /// A recipe, or one of its data sets.
  void LookAtDataset(const Setting& dataset) {
    for (const auto& [key, value] : dataset.entries) {
      if (key == "source") {
        LookAtSource(value);
      } else if (key == "datasets") {
        for (const auto& entry : value.entries) LookAtDataset(entry.second);
      } else if (key != "params") {
        Mark(value, IsOneOf(kSafeBlocks, key) ? ParamUse::kFree : ParamUse::kFixed);
      }
    }
  }

 private:
  void LookAtSource(const Setting& source) {
    if (source.kind != Setting::Kind::kMap) return Mark(source, ParamUse::kPlace);
    for (const auto& [block, options] : source.entries) {
      if (block == "rows") {
        LookAtRows(options);
      } else if (!IsOneOf(kFileSources, block)) {
        Mark(options, ParamUse::kFixed);
      } else if (options.kind != Setting::Kind::kMap) {
        Mark(options, ParamUse::kPlace);
      } else {
        for (const auto& [name, value] : options.entries) {  // `path: {train: …}` names splits.
          Mark(value, name == "path" ? ParamUse::kPlace : ParamUse::kFixed);
        }
      }
    }
  }

  /// Cells are data, but for the files that they quote.
  void LookAtRows(const Setting& rows) {
    if (rows.kind == Setting::Kind::kScalar) return Mark(rows, ParamUse::kFree);
    for (const Setting& item : rows.items) LookAtRows(item);
    for (const auto& [key, value] : rows.entries) {
      key == "file" ? Mark(value, ParamUse::kPlace) : LookAtRows(value);
    }
  }

  void Mark(const Setting& setting, ParamUse use) {
    for (const Setting& item : setting.items) Mark(item, use);
    for (const auto& [key, value] : setting.entries) {
      Mark(value, IsOneOf(kFileOptions, key) ? std::max(use, ParamUse::kFixed) : use);
    }
    for (CatalogParam& param : params_) {
      if (setting.scalar.find("${" + param.param.name + "}") == std::string::npos) continue;
      param.use = std::max(param.use, use);
    }
  }

  std::vector<CatalogParam>& params_;
};

}  // namespace

std::string_view NameOf(ParamUse use) { return kUses.at(static_cast<size_t>(use)); }

std::vector<CatalogParam> ParamsOf(const Setting& root) {
  ErrorList unset;  // A required one has no value yet.
  const ParamValues none = {.set = {},
                            .env = [](const std::string&) { return std::optional<std::string>(); }};
  std::vector<CatalogParam> params;
  for (RecipeParam& param : ReadParams(root.Find("params"), "", none, 42, &unset)) {
    if (param.mark.line > 0) params.push_back({std::move(param)});  // ${seed}, ${recipe_dir}: not.
  }
  UseFinder(&params).LookAtDataset(root);
  for (CatalogParam& param : params) {
    if (param.param.type != "string") param.use = ParamUse::kFree;
    if (param.param.secret) param.use = ParamUse::kFixed;
  }
  return params;
}

}  // namespace hubmill::server

// A name is found from the texts alone, as input_files.h made the inputs' names of the paths given:
// the path itself of a file, and the path with what lies below it of a folder or glob.
#include "run/published_names.h"

#include <algorithm>
#include <string_view>

#include "base/glob.h"
#include "io/input_files.h"

namespace hubmill {
namespace {

using Kind = Setting::Kind;

constexpr std::string_view kDatabase = "postgresql://";

bool IsLocal(std::string_view path) { return !IsUri(path) || path.starts_with("file:"); }

std::string_view LastPart(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string_view WithoutEndSlash(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path;
}

/// The folder that a glob searches, with the slash at its end.
std::string_view GlobFolder(std::string_view glob) {
  const size_t slash = glob.rfind('/', glob.find_first_of("*?["));
  return slash == glob.npos ? "" : glob.substr(0, slash + 1);
}

/// Of a database's address: its host is nobody's business.
std::string OfDatabase(std::string_view address) {
  return Concat("postgresql:", LastPart(address.substr(0, address.find('?'))));
}

class Namer {
 public:
  explicit Namer(const DatasetReport& dataset) {
    for (const SourceFile& input : dataset.inputs) names_.push_back(input.name);
  }

  /// What is published of a path that a recipe gave.
  std::string OfPath(const std::string& given) const {
    if (!IsLocal(given)) return given;
    const std::string_view path = WithoutEndSlash(given);
    if (std::find(names_.begin(), names_.end(), path) != names_.end()) {
      return std::string(LastPart(path));
    }
    if (HasGlob(path)) return std::string(path.substr(GlobFolder(path).size()));
    return ".";
  }

  /// Replaces the paths below `setting`, and remembers them for OfInput().
  void RenamePaths(Setting* setting) {
    for (Setting& item : setting->items) RenamePaths(&item);
    for (auto& entry : setting->entries) RenamePaths(&entry.second);
    if (setting->kind != Kind::kScalar) return;
    roots_.emplace_back(WithoutEndSlash(setting->scalar));
    setting->scalar = OfPath(setting->scalar);
  }

  /// The JSON files that cells of the source `rows` quote.
  void RenameQuoted(Setting* setting) {
    for (Setting& item : setting->items) RenameQuoted(&item);
    for (auto& [key, value] : setting->entries) {
      if (key != "file") {
        RenameQuoted(&value);
      } else if (IsLocal(value.scalar)) {
        value.scalar = LastPart(value.scalar);
      }
    }
  }

  /// REQUIRES: RenamePaths() has seen what the recipe gave.
  std::string OfInput(const std::string& name) const {
    if (name.starts_with(kDatabase)) return OfDatabase(name);
    if (!IsLocal(name)) return name;
    for (const std::string& root : roots_) {
      std::string folder = root.ends_with('/') ? root : root + "/";
      if (HasGlob(root)) folder = GlobFolder(root);
      if (name != root && name.starts_with(folder)) return name.substr(folder.size());
    }
    return std::string(LastPart(name));
  }

 private:
  std::vector<std::string> names_;  // Of the inputs, as given.
  std::vector<std::string> roots_;  // What the recipe gave.
};

void RenameSource(Setting* options, Namer* namer) {
  for (auto& [key, source] : options->entries) {
    if (key != "source") continue;
    for (auto& [name, block] : source.entries) {
      for (auto& [option, value] : block.entries) {
        if (option == "path") namer->RenamePaths(&value);
        if (name == "postgres" && option == "url") value.scalar = OfDatabase(value.scalar);
        if (name == "rows" && option == "rows") namer->RenameQuoted(&value);
      }
    }
  }
}

}  // namespace

RunReport WithPublishedNames(RunReport report, const Recipe& recipe) {
  std::vector<Namer> namers;
  for (DatasetReport& dataset : report.datasets) {
    Namer& namer = namers.emplace_back(dataset);
    RenameSource(&dataset.options, &namer);
    for (SourceFile& input : dataset.inputs) input.name = namer.OfInput(input.name);
  }
  for (auto& [name, value] : report.parameters.entries) {
    const auto same = [&key = name](const RecipeParam& param) { return param.name == key; };
    const auto param = std::find_if(recipe.params.begin(), recipe.params.end(), same);
    if (param == recipe.params.end() || !param->in_path || value.secret) continue;
    std::string shown = ".";
    for (const Namer& namer : namers) {  // A file of any data set has its name.
      if (shown == ".") shown = namer.OfPath(value.scalar);
    }
    value.scalar = shown;
  }
  return report;
}

std::string WithoutFolders(std::string text, const Recipe& recipe) {
  for (const RecipeParam& param : recipe.params) {
    std::string_view path = param.value;
    while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    const std::string name(path.substr(path.rfind('/') + 1));
    if (!param.in_path || path.find('/') == path.npos || IsUri(param.value)) continue;
    for (size_t at = 0; (at = text.find(param.value, at)) != text.npos; at += name.size()) {
      text.replace(at, param.value.size(), name);
    }
  }
  return text;
}

}  // namespace hubmill

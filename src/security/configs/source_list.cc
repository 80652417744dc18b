#include "security/configs/source_list.h"

#include <algorithm>
#include <set>

#include "core/setting.h"

namespace hubmill {
namespace {

constexpr char kKubernetes[] = "kubernetes/";
constexpr char kTerraform[] = "terraform/";

/// Two names that can be folders, and neither an option nor a way out.
bool IsNamePair(const std::string& text) {
  const size_t slash = text.find('/');
  if (slash == std::string::npos) return false;
  const auto is_name = [](const std::string& name) {
    return !name.empty() && name[0] != '.' && name[0] != '-' &&
           name.find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
               "0123456789._-") == std::string::npos;
  };
  return is_name(text.substr(0, slash)) && is_name(text.substr(slash + 1));
}

bool IsCommit(const std::string& text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool StartsWith(const std::string& text, const char* start) { return text.rfind(start, 0) == 0; }

Result<std::string> Field(const Setting& entry, const char* name, const std::string& file) {
  const Setting* value = entry.Find(name);
  if (value == nullptr || value->kind != Setting::Kind::kScalar) {
    return WrongUsage(entry.Where(file), ": a source without a field: field=", name,
                      "; remedy: give repo, into and commit");
  }
  return value->scalar;
}

Result<SourceRepo> ParseSource(const Setting& entry, const std::string& file) {
  if (entry.kind != Setting::Kind::kMap) {
    return WrongUsage(entry.Where(file), ": not a source; remedy: give repo, into and commit");
  }
  SourceRepo source;
  ARROW_ASSIGN_OR_RAISE(source.repo, Field(entry, "repo", file));
  ARROW_ASSIGN_OR_RAISE(source.into, Field(entry, "into", file));
  ARROW_ASSIGN_OR_RAISE(source.commit, Field(entry, "commit", file));
  for (const auto& [key, value] : entry.entries) {
    if (key == "repo" || key == "into" || key == "commit") continue;
    return WrongUsage(value.Where(file), ": an unknown field: field=", key,
                      "; remedy: give repo, into and commit");
  }
  if (!IsNamePair(source.repo)) {
    return WrongUsage(entry.Where(file), ": not a repository: field=repo; remedy: OWNER/NAME");
  }
  source.lang = StartsWith(source.into, kTerraform) ? ConfigLang::kTf : ConfigLang::kK8s;
  const bool known = StartsWith(source.into, kKubernetes) || StartsWith(source.into, kTerraform);
  if (!known || !IsNamePair(source.into)) {
    return WrongUsage(entry.Where(file), ": not a folder for it: field=into; remedy: ", kKubernetes,
                      "NAME or ", kTerraform, "NAME");
  }
  if (!IsCommit(source.commit)) {
    return WrongUsage(entry.Where(file),
                      ": not a commit: field=commit; remedy: give all 40 hexadecimal digits");
  }
  return source;
}

}  // namespace

Result<std::vector<SourceRepo>> ParseSourceList(const std::string& text, const std::string& file) {
  ARROW_ASSIGN_OR_RAISE(const Setting list, ParseYaml(text, file));
  if (list.kind != Setting::Kind::kList || list.items.empty()) {
    return WrongUsage(file, ": not a list of sources; remedy: see security/sources/sources.lock");
  }
  std::vector<SourceRepo> sources;
  std::set<std::string> folders;
  for (const Setting& entry : list.items) {
    ARROW_ASSIGN_OR_RAISE(SourceRepo source, ParseSource(entry, file));
    if (!folders.insert(source.into).second) {
      return WrongUsage(entry.Where(file), ": two sources for one folder: into=", source.into,
                        "; remedy: choose another for one of them");
    }
    sources.push_back(std::move(source));
  }
  return sources;
}

std::string RenderSourceList(const std::vector<SourceRepo>& sources) {
  std::string text =
      "# What `hubmill security clone-sources` fetches, and at which commit "
      "(docs/recipes/security-configs.md).\n"
      "# `hubmill security clone-sources --update --lock FILE` writes such a file with the newest "
      "commits.\n";
  for (const SourceRepo& source : sources) {
    text += Concat("- repo: ", source.repo, "\n  into: ", source.into,
                   "\n  commit: ", source.commit, "\n");
  }
  return text;
}

}  // namespace hubmill

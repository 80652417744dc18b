// Which names a repository, a ref and a file inside a repository may have, and the glob patterns of
// .gitignore and .gitattributes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hubmill::local_hub {

constexpr size_t kPathBytesMax = 1024;

/// Why a file may not be so named inside a repository; nullptr where it may.
const char* PathProblem(std::string_view path);

/// "name" or "namespace" of a repository: letters, digits, `-`, `_`, `.`; at most 96.
bool IsRepoWord(std::string_view word);

/// One line of a .gitignore (gitignore(5)).
struct IgnoreRule {
  std::string pattern;
  bool negated = false;
  bool folders_only = false;
  bool anchored = false;
};
std::vector<IgnoreRule> ParseIgnore(std::string_view text);
/// Whether the last rule that matches `path`, or a folder above it, ignores it.
bool IsIgnored(const std::vector<IgnoreRule>& rules, std::string_view path);

/// The patterns of a .gitattributes that carry `filter=lfs`.
std::vector<IgnoreRule> ParseLfsPatterns(std::string_view text);
/// Whether `path` itself is matched by one of them.
bool IsLfsPath(const std::vector<IgnoreRule>& patterns, std::string_view path);

/// The .gitattributes of a new repository.
std::string DefaultGitAttributes();

}  // namespace hubmill::local_hub

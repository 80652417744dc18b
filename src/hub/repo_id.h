// What a repository, a revision and a file in it are called, and how these stand in a URL.
//
// Revisions are one percent-encoded segment (`refs/pr/1` is `refs%2Fpr%2F1`), so are folders in the
// tree route; only the resolve route leaves the slashes of a file's path alone.
#pragma once

#include <string>
#include <string_view>

#include "core/failure.h"

namespace hubmill {

enum class RepoType { kDataset = 0, kModel = 1, kSpace = 2 };

/// "dataset", "model", "space".
const char* NameOf(RepoType type);
Result<RepoType> ParseRepoType(std::string_view text);

struct RepoId {
  RepoType type = RepoType::kDataset;
  std::string space;  // "alice"; empty: the user's own, filled in by HubClient::Complete().
  std::string name;

  std::string full() const { return space.empty() ? name : space + "/" + name; }
  /// "/api/datasets/alice/d"
  std::string ApiPath() const;
  /// "/datasets/alice/d"; models have no prefix.
  std::string WebPath() const;
};

inline constexpr size_t kRepoNameBytesMax = 96;
inline constexpr size_t kRevisionBytesMax = 255;
inline constexpr size_t kPathBytesMax = 4096;

/// "alice/d", "d", or with a prefix "datasets/", "models/", "spaces/" that wins over `type`.
Result<RepoId> ParseRepoId(std::string_view text, RepoType type = RepoType::kDataset);

/// A branch, a tag, a commit id or refs/...; as git has it.
Status CheckRevision(std::string_view revision);

/// A file's path in a repository: relative, UTF-8, no empty, `.`, `..` or `.git` part, no control
/// character, no backslash, at most kPathBytesMax bytes.  What comes from a server is checked too,
/// before it names a local file.
Status CheckRepoPath(std::string_view path);

/// 40 lower-case hex digits.
bool IsCommitId(std::string_view text);

}  // namespace hubmill

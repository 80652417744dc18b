// A folder held against a tree of git, byte by byte.
//
// Nothing that lies in the checkout is asked: neither its index (which can say "unchanged" of what
// was changed) nor its ignore rules, attributes and settings (filters, a file system monitor),
// which would run programs.  What counts are the hashes: each file's must be the one in the
// listing, and the listing's own add up to the tree's id.  So a changed store of objects shows too.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"

namespace hubmill {

/// One line of `git ls-tree -r -t -l -z`.
struct GitEntry {
  std::string mode;   // Six digits: 040000, 100644, 100755, 120000 (a link), 160000 (a submodule).
  std::string id;     // 40 digits.
  int64_t size = -1;  // Of a file; -1: not told.
  std::string path;
};

/// Fails (kDataRefused) where a line is none.
Result<std::vector<GitEntry>> ParseTreeListing(std::string_view listing);

/// Whether `bytes` are what git names `id` as an object of that type ("commit", "tree", "blob").
bool IsGitObject(std::string_view type, std::string_view bytes, const std::string& id);

/// Whether the listing is that of the tree `root` down to every leaf.  `read` gives the bytes of a
/// tree; it is asked only for those with modes of old (100664), which listings do not show.
Result<bool> IsListingOf(const std::vector<GitEntry>& entries, const std::string& root,
                         const std::function<Result<std::string>(const std::string& id)>& read);

struct FolderChanges {
  int64_t count = 0;
  std::string first;  // Path of the first one.
};

/// What is other in `folder`: files and links that have other bytes, are missing, or are not in the
/// listing, ignored ones too.  `.git` at its top, empty folders and whether a file may be executed
/// do not count; a submodule's folder must be empty.
FolderChanges CompareWithTree(const std::string& folder, const std::vector<GitEntry>& entries);

}  // namespace hubmill

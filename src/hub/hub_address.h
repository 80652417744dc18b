// hub://alice/chat@v1/data/*.parquet: what stands in a recipe or on the command line for files of a
// repository.
//
//   hub://[datasets/|models/|spaces/][OWNER/]NAME[@REVISION][/PATH]
//   hub://...NAME[@REVISION]?config=NAME&split=NAME,NAME
//
// A data set unless a prefix says otherwise.  Without an owner it is the user's own; a path then
// needs the revision before it (hub://chat@main/data), as two names side by side are owner and
// name. A slash in a revision is written %2F, but for refs/... .  A path is a file, a folder or a
// glob, in which `?` is a wildcard and nothing is decoded; so config and split stand where no path
// does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"
#include "hub/repo_id.h"

namespace hubmill {

inline constexpr size_t kHubAddressBytesMax = 8192;

struct HubAddress {
  RepoId repo;
  std::string revision = "main";
  std::string path;                 // Without a slash at either end; empty: as the card says.
  std::string config;               // Empty: the default one.
  std::vector<std::string> splits;  // Empty: all.
  std::string root;                 // The text before the path or the question mark.
};

/// Whether `text` is meant as one: it begins with hub://.
bool IsHubAddress(std::string_view text);

/// Failures are kWrongUsage.
Result<HubAddress> ParseHubAddress(std::string_view text);

/// An address that parses to the same (but for `root`).
std::string PrintHubAddress(const HubAddress& address);

}  // namespace hubmill

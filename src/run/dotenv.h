// `.env` files: settings and secrets beside a project, one NAME=VALUE a line.
//
//   # a comment
//   HF_TOKEN=hf_abc
//   export DATA="../with spaces"     'single' quotes take everything as it stands
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/failure.h"

namespace hubmill {

using DotenvPairs = std::vector<std::pair<std::string, std::string>>;

inline constexpr size_t kDotenvBytesMax = 1 << 20;
inline constexpr int kDotenvFoldersMax = 64;  // How far up the tree is looked.

/// Parses `text`.  A later line wins over an earlier one of the same name.  Errors (kWrongUsage)
/// name the line, never what stands on it.
Result<DotenvPairs> ParseDotenv(std::string_view text, const std::string& file);

/// The pairs of the first `.env` in `folder` or above it; empty where there is none.
Result<DotenvPairs> FindDotenv(const std::string& folder);

}  // namespace hubmill

// The front matter of a README.md: where its YAML lies, and keys of it set.  Internal to hub/, but
// for SetCardKeys().
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/failure.h"

namespace hubmill {

// Where the front matter lies in a README.
struct FrontMatter {
  bool found = false;
  bool open = false;  // It begins and does not end.
  size_t begin = 0;   // Of the YAML.
  size_t end = 0;
  std::string line_end = "\n";
};

FrontMatter FindFrontMatter(std::string_view readme);

Status BrokenYaml(const YAML::Exception& error);

/// The mapping; null where there is none.  kDataRefused where it is none that can be read.  Throws
/// YAML::Exception.
Result<YAML::Node> LoadFrontMatter(std::string_view readme, const FrontMatter& front);

/// `readme` with these keys of its front matter set to the YAML text given, which stands on one
/// line; whatever stood under them goes, all other text stays byte for byte.  kDataRefused where it
/// cannot be edited.
Result<std::string> SetCardKeys(std::string_view readme,
                                const std::vector<std::pair<std::string, std::string>>& keys);

}  // namespace hubmill

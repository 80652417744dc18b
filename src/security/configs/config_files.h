// The manifests and Terraform files below a folder, each kept or skipped with a reason.
//
// The order is that of the relative paths as bytes ("a-b" before "a/b"), the same on every machine.
// Folders whose names begin with a dot are searched too, except .git and .terraform.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"
#include "security/configs/config_file.h"

namespace hubmill {

inline constexpr int64_t kConfigFilesMax = 1'000'000;  // Found below one root.

/// KubeLinter 0.7.6 skips what is larger, and does not say so.
inline constexpr int64_t kConfigBytesMost = 10 << 20;

struct DiscoverOptions {
  int64_t bytes_max = 1 << 20;  // Of one file, at most kConfigBytesMost; larger ones are skipped.
  // The original's filters (config_filter.h) instead of parsers; a byte order mark and duplicates
  // are kept, bytes that are no UTF-8 dropped.
  bool compat = false;
};

struct SkippedConfig {
  std::string path;    // Below the root; odd bytes shown as \xHH.
  std::string reason;  // One of the table in docs/recipes/security-configs.md: "not_yaml", ...
  int64_t line = 0;    // Where, from 1; 0 where it has no place.
  std::string why;     // What, "" where the reason says it all.
};

struct ConfigTree {
  std::vector<ConfigFile> files;           // Kept, in order.
  std::vector<SkippedConfig> skipped;      // In order.
  std::map<std::string, int64_t> reasons;  // How many were skipped, by reason.
  int64_t found = 0;                       // files.size() + skipped.size().
  int64_t bytes = 0;                       // Of the kept texts.
};

/// Walks `root` for .yaml/.yml (k8s) or .tf files, whatever the case of the suffix.  A root that is
/// not there, or has no such file, is kWrongUsage and names `hubmill security clone-sources`; a
/// file or folder that cannot be read is kRunFailed and named.  Links to files within the root are
/// followed; those out of it, to nothing or to folders are skipped, with a reason.
Result<ConfigTree> DiscoverConfigs(const std::string& root, ConfigLang lang,
                                   const DiscoverOptions& options = {});

/// The text of a configuration file with LF for CRLF and CR, as Python reads it.
std::string WithUniversalNewlines(std::string_view text);

/// Of a record's text: the first 16 hexadecimal digits of its SHA-256.
std::string ConfigHash(std::string_view text);

}  // namespace hubmill

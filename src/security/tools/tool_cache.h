// What tools said before, by what decides it: the text, the tool, its version, its rules.
//
// One small file an answer, put in place by a rename, and checked by its own hash: whatever is not
// whole is not there.  Nothing is ever removed; the folder may be deleted at any time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "security/tools/tool.h"

namespace hubmill {

/// Thread-safe; several processes may share a folder.
class ToolCache {
 public:
  /// `folder` empty: there is no cache.
  explicit ToolCache(std::string folder) : folder_(std::move(folder)) {}

  static std::string KeyOf(std::string_view text, ToolId id, std::string_view version,
                           std::string_view rules_hash, ConfigLang lang);
  std::optional<TextAnswer> Find(const std::string& key) const;
  /// REQUIRES: the tool ended by itself, so that it would answer the same again.  What cannot be
  /// written is not kept.
  void Keep(const std::string& key, const TextAnswer& answer) const;

 private:
  std::string PathOf(const std::string& key) const;
  std::string folder_;
};

}  // namespace hubmill

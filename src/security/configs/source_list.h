// Which repositories configuration files come from, each at one commit: a lock file.
//
//   - repo: kubernetes/examples
//     into: kubernetes/examples
//     commit: 279e8e4fe314f6cb7bc55fa3fbc21bbeaa48c0ea
//
// `into` is the folder below the folder of all sources; its first part, kubernetes or terraform,
// says what is sought there.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/failure.h"
#include "security/configs/config_file.h"

namespace hubmill {

struct SourceRepo {
  std::string repo;    // OWNER/NAME
  std::string into;    // Two plain names, joined by '/'.
  std::string commit;  // 40 hexadecimal digits, lower case.
  ConfigLang lang = ConfigLang::kK8s;
};

/// The lock file's list; `file` is for messages.  Errors (kWrongUsage) name file, line and field.
Result<std::vector<SourceRepo>> ParseSourceList(const std::string& text, const std::string& file);

/// The text of such a file.
std::string RenderSourceList(const std::vector<SourceRepo>& sources);

/// security/sources, as it was when hubmill was built: "sources.lock".
const std::vector<std::pair<std::string, std::string>>& SourceListFiles();

}  // namespace hubmill

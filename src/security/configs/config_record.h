// The lines of the files that a configuration set consists of, as Python's json.dumps writes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "security/configs/config_file.h"

namespace hubmill {

struct ConfigRecord {
  std::string question;  // The whole text.
  std::vector<Finding> violations;
  std::string patch;  // Empty: null.
  ConfigLang lang = ConfigLang::kK8s;
  std::string source;
  std::string hash;
  std::string patch_source;  // Empty: absent.
};

/// One line with its newline.  `raw_severity`: each violation has severity_raw, too.
std::string RenderConfigRecord(const ConfigRecord& record, bool raw_severity);

}  // namespace hubmill

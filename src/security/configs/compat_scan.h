// One file as the original asked the tools about it: its arguments, its reading of the answers, its
// losses.  For sets that must equal its own (--compat), and nothing else.
//
// OPA is called with a flag that makes it fail, so it never finds anything; severities are as the
// tools say them; what a tool that failed would have found is lost.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "core/failure.h"
#include "security/configs/config_file.h"
#include "security/tools/tool.h"

namespace hubmill {

struct CompatTools {
  std::map<ToolId, std::string> programs;  // KubeLinter, Semgrep and OPA.
  std::vector<std::string> policies;       // *.rego of the policy folder, sorted.
  int time_limit_s = 120;
  const std::atomic<bool>* cancel = nullptr;  // May be null.
};

/// The *.rego files of a folder; none where it is not there.
std::vector<std::string> CompatPolicies(const std::string& rego_dir);

/// What the tools say about the file at `path`.
Result<std::vector<Finding>> CompatFindings(const CompatTools& tools, const std::string& path,
                                            ConfigLang lang);

}  // namespace hubmill

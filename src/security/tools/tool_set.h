// Which tools label a set: found, their versions as pinned, or knowingly left out.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "core/failure.h"
#include "security/tools/tool_runner.h"

namespace hubmill {

inline constexpr char kSkippedTool[] = "skipped";  // Instead of its version.

struct ToolSetOptions {
  std::string tools_dir = ".hubmill/tools";
  std::string versions_file;   // Empty: those that this program was made with.
  std::string rego_dir;        // Empty: the policies of this program.
  std::string cache_dir;       // Remembers versions; may be empty.
  bool allow_missing = false;  // Leave out what is not there.
  bool any_version = false;
};

struct ToolSet {
  std::vector<Tool> tools;                      // As kToolIds has them.
  std::map<std::string, std::string> versions;  // By name: a number, or kSkippedTool.
  std::map<std::string, std::string> pins;      // By name.
  std::map<std::string, std::string> said;      // By name: the line that the original records.
};

/// kWrongUsage names every tool that is missing or of another version than its pin.
/// `wanted`: these only.
Result<ToolSet> OpenTools(const ToolSetOptions& options, const std::vector<ToolId>& wanted,
                          const std::atomic<bool>* cancel);

/// The versions that a file pins, by key (ToolFacts::pin); those that this program was made with
/// where it is empty.
Result<std::map<std::string, std::string>> ReadPins(const std::string& file);

/// The *.rego files of a folder, not below it; kWrongUsage where there are none.
Result<ToolRuleFiles> ReadPolicies(const std::string& rego_dir);

}  // namespace hubmill

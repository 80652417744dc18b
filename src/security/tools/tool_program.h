// Where the tools are, and which versions of them may label a set.
#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/failure.h"
#include "io/limited_process.h"
#include "security/tools/tool.h"

namespace hubmill {

inline constexpr char kToolsDir[] = ".hubmill/tools";
inline constexpr int kVersionWallMs = 120'000;

/// KEY=VALUE lines, `#` begins a comment; keys that no tool has are ignored.  Refused
/// (kWrongUsage): another line, a key twice.
Result<std::map<std::string, std::string>> ParseVersions(std::string_view text,
                                                         const std::string& name);

/// An absolute path: what the tool's variable of the environment names (kWrongUsage where that is
/// not there), else TOOLS_DIR/bin, else PATH; empty where there is none.
Result<std::string> FindProgram(const ToolFacts& facts, const std::string& tools_dir);

struct ToolVersion {
  std::string said;    // The line as the original records it: "Version: 1.9.0".
  std::string number;  // "1.9.0"; empty where none stands there.
};

/// Of what the tool printed.
ToolVersion VersionOf(ToolId id, std::string_view output);

/// Asks the program; remembers the answer in `cache_dir` (which may be empty) for as long as the
/// program's file stays the same.
Result<ToolVersion> AskVersion(const ToolFacts& facts, const std::string& program,
                               const std::string& cache_dir, const std::atomic<bool>* cancel);

/// What a tool sees of our environment: PATH, a scratch folder as its home, and no secret; what it
/// would ask of the network fails at once.
std::vector<std::string> ToolEnvironment(const std::string& home);

}  // namespace hubmill

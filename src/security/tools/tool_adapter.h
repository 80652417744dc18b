// What differs from tool to tool: how files are laid out for it, how it is called, what its answer
// means.  Running, bounds, cache and retries are the runner's (tool_runner.h).
//
// A tool never sees the name of a file: texts are laid out as f/000001/f.yaml, each in a folder of
// its own, so that no name can be an option, and no file can pull in another one.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/failure.h"
#include "io/limited_process.h"
#include "security/tools/tool.h"

namespace hubmill {

/// Name and text of each.
using ToolRuleFiles = std::vector<std::pair<std::string, std::string>>;
using TextList = std::span<const std::string_view>;

class ToolAdapter {
 public:
  virtual ~ToolAdapter() = default;
  virtual ToolId id() const = 0;
  /// What decides the findings besides text and version: rules and arguments.
  virtual std::string RulesHash(ConfigLang lang) const = 0;
  /// Lays out `texts` and the rules below `folder`, which is empty and where the tool will run;
  /// returns the arguments behind the program.
  virtual Result<std::vector<std::string>> Prepare(const std::string& folder, ConfigLang lang,
                                                   TextList texts) const = 0;
  /// One answer a text of those that were laid out.  kDataRefused where the answer cannot be
  /// trusted as a whole.  REQUIRES: answer.Exited().
  virtual Result<std::vector<TextAnswer>> Read(ConfigLang lang, TextList texts,
                                               const ProcessAnswer& answer) const = 0;
};

/// Thread-safe, all of them.  Semgrep: the rules of this program; `policies` are OPA's.
std::unique_ptr<ToolAdapter> MakeKubeLinter();
std::unique_ptr<ToolAdapter> MakeSemgrep();
std::unique_ptr<ToolAdapter> MakeOpa(ToolRuleFiles policies);
std::unique_ptr<ToolAdapter> MakeCheckov();

/// Writes each text to folder/f/NNNNNN/f.yaml or .tf; their paths below the folder.
Result<std::vector<std::string>> LayOut(const std::string& folder, ConfigLang lang, TextList texts);
/// The number of the text in a path that a tool gave back; -1 where it is none of ours.
int64_t NumberOf(std::string_view path, size_t texts);
/// Creates or replaces a small file, and the folders above it.
Status WriteToolFile(const std::string& path, std::string_view text);

/// Refuses (kWrongUsage) policies of `folder` that could never find anything.
Status CheckPolicies(const ToolRuleFiles& policies, const std::string& folder);

}  // namespace hubmill

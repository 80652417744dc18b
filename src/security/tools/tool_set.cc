#include "security/tools/tool_set.h"

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "security/configs/compat_scan.h"
#include "security/tools/tool_files.h"
#include "security/tools/tool_program.h"

namespace hubmill {
namespace {

constexpr int64_t kVersionsBytesMax = 1 << 20;
constexpr int64_t kPolicyBytesMax = 4 << 20;

Result<std::string> ReadSmallFile(const std::string& path, int64_t bytes_max) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file) {
    return WrongUsage("cannot read a file: path=", path, "; remedy: name one that is there");
  }
  if (size > static_cast<uintmax_t>(bytes_max)) {
    return WrongUsage("a file is too large: path=", path, " bytes=", size, "; remedy: at most ",
                      bytes_max, " bytes");
  }
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::unique_ptr<ToolAdapter> MakeAdapter(ToolId id, const ToolRuleFiles& policies) {
  switch (id) {
    case ToolId::kKubeLinter:
      return MakeKubeLinter();
    case ToolId::kSemgrep:
      return MakeSemgrep();
    case ToolId::kOpa:
      return MakeOpa(policies);
    case ToolId::kCheckov:
      break;
  }
  return MakeCheckov();
}

struct Found {
  std::string program;  // Empty: there is none.
  ToolVersion version;
};

Result<Found> Find(const ToolFacts& facts, const ToolSetOptions& options,
                   const std::atomic<bool>* cancel) {
  Found found;
  ARROW_ASSIGN_OR_RAISE(found.program, FindProgram(facts, options.tools_dir));
  if (found.program.empty()) return found;
  ARROW_ASSIGN_OR_RAISE(found.version, AskVersion(facts, found.program, options.cache_dir, cancel));
  return found;
}

}  // namespace

Result<std::map<std::string, std::string>> ReadPins(const std::string& file) {
  if (file.empty()) {
    return ParseVersions(EmbeddedFile(ToolListFiles(), "versions.txt"), "versions.txt");
  }
  ARROW_ASSIGN_OR_RAISE(const std::string text, ReadSmallFile(file, kVersionsBytesMax));
  return ParseVersions(text, file);
}

Result<ToolRuleFiles> ReadPolicies(const std::string& rego_dir) {
  ToolRuleFiles policies;
  for (const std::string& path : CompatPolicies(rego_dir)) {
    ARROW_ASSIGN_OR_RAISE(std::string text, ReadSmallFile(path, kPolicyBytesMax));
    policies.emplace_back(std::filesystem::path(path).filename().string(), std::move(text));
  }
  if (!policies.empty()) return policies;
  return WrongUsage("no policy (*.rego) in the folder: --rego-dir=", rego_dir,
                    "; remedy: name another, or leave --rego-dir out for hubmill's own policies");
}

Result<ToolSet> OpenTools(const ToolSetOptions& options, const std::vector<ToolId>& wanted,
                          const std::atomic<bool>* cancel) {
  ARROW_ASSIGN_OR_RAISE(const auto pins, ReadPins(options.versions_file));
  ToolRuleFiles policies = PolicyFiles();
  if (!options.rego_dir.empty()) {
    ARROW_ASSIGN_OR_RAISE(policies, ReadPolicies(options.rego_dir));
    ARROW_RETURN_NOT_OK(CheckPolicies(policies, options.rego_dir));
  }
  std::vector<std::future<Result<Found>>> asked;  // Semgrep and checkov take seconds.
  for (const ToolId id : wanted) {
    asked.push_back(std::async(
        std::launch::async, [id, &options, cancel] { return Find(FactsOf(id), options, cancel); }));
  }
  ToolSet set;
  std::string refused;
  const auto refuse = [&refused](const std::string& why) {
    refused += (refused.empty() ? "" : "\n") + why;
  };
  for (size_t i = 0; i < wanted.size(); ++i) {
    const ToolFacts& facts = FactsOf(wanted[i]);
    const std::string name(facts.name);
    const auto pin = pins.find(std::string(facts.pin));
    if (pin != pins.end()) set.pins[name] = pin->second;
    ARROW_ASSIGN_OR_RAISE(const Found found, asked[i].get());
    if (found.program.empty()) {
      set.versions[name] = kSkippedTool;
      if (!options.allow_missing) {
        refuse(Concat("a tool is missing: ", name, "; remedy: hubmill security install-tools, or ",
                      facts.variable, "=its path, or --allow-missing-tools"));
      }
      continue;
    }
    if (!options.any_version && pin == pins.end()) {
      refuse(Concat("a tool has no pin: ", name, "; remedy: ", facts.pin,
                    "=VERSION in the versions file, or --any-version"));
    } else if (!options.any_version && pin->second != found.version.number) {
      refuse(Concat("a tool has another version than its pin: ", name,
                    " version=", found.version.number, " pin=", pin->second,
                    "; remedy: hubmill security install-tools, or --versions FILE, or "
                    "--any-version"));
    }
    set.versions[name] = found.version.number;
    set.said[name] = found.version.said;
    set.tools.push_back({MakeAdapter(wanted[i], policies), found.program, found.version.number});
  }
  if (!refused.empty()) return WrongUsage(refused);
  return set;
}

}  // namespace hubmill

#include "security/configs/compat_scan.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/ascii.h"
#include "io/limited_process.h"
#include "io/temporary_folder.h"
#include "security/tools/tool_program.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const Json& At(const Json& value, std::string_view key) {
  static const auto* null = new Json();
  if (!value.is_object()) return *null;
  const auto found = value.find(key);
  return found == value.end() ? *null : *found;
}

std::string TextAt(const Json& value, std::string_view key, std::string_view otherwise = "") {
  const Json& member = At(value, key);
  return member.is_string() && !member.get_ref<const std::string&>().empty()
             ? member.get<std::string>()
             : std::string(otherwise);
}

class FileCalls {
 public:
  FileCalls(const CompatTools& tools, std::string home) : tools_(tools), home_(std::move(home)) {}

  /// What the tool printed as JSON; null where that is none, or it ended otherwise than `statuses`.
  Result<Json> Ask(ToolId id, std::vector<std::string> arguments, std::vector<int> statuses) const {
    arguments.insert(arguments.begin(), tools_.programs.at(id));
    const ChildCommand command{
        .arguments = std::move(arguments), .environment = ToolEnvironment(home_), .directory = ""};
    const ProcessLimits limits{.wall_ms = tools_.time_limit_s * 1000,
                               .memory_bytes = FactsOf(id).memory_bytes};
    ARROW_ASSIGN_OR_RAISE(const ProcessAnswer answer, RunLimited(command, limits, tools_.cancel));
    if (!answer.Exited()) {
      return RunFailed(FactsOf(id).name, " gave no answer: ", answer.Describe(limits),
                       "; remedy: without --compat, such a file is left out by itself");
    }
    const bool counts = statuses.empty() ||
                        std::count(statuses.begin(), statuses.end(), answer.end.exit_status) > 0;
    Json out = counts ? Json::parse(answer.output, nullptr, false) : Json();
    return out.is_discarded() ? Json() : out;
  }

 private:
  const CompatTools& tools_;
  std::string home_;
};

Status AddKubeLinter(const FileCalls& calls, const std::string& path, std::vector<Finding>* out) {
  ARROW_ASSIGN_OR_RAISE(const Json answer,
                        calls.Ask(ToolId::kKubeLinter, {"lint", path, "--format", "json"}, {}));
  for (const Json& report : At(answer, "Reports")) {
    const std::string severity = AsciiLowered(TextAt(report, "Severity", "medium"));
    out->push_back({.tool = "kube-linter",
                    .rule_id = TextAt(report, "Check"),
                    .severity = severity,
                    .raw_severity = severity,
                    .msg = TextAt(report, "Remediation", TextAt(report, "Reason")),
                    .loc = ""});
  }
  return Status::OK();
}

Status AddSemgrep(const FileCalls& calls, const std::string& path, ConfigLang lang,
                  std::vector<Finding>* out) {
  const std::string rules = lang == ConfigLang::kK8s ? "p/kubernetes" : "p/terraform";
  ARROW_ASSIGN_OR_RAISE(
      const Json answer,
      calls.Ask(ToolId::kSemgrep, {"scan", "--json", "--quiet", "--config", rules, path}, {0, 1}));
  for (const Json& result : At(answer, "results")) {
    const Json& line = At(At(result, "start"), "line");
    const std::string severity = TextAt(At(result, "extra"), "severity", "unknown");
    out->push_back({.tool = "semgrep",
                    .rule_id = TextAt(result, "check_id"),
                    .severity = severity,
                    .raw_severity = severity,
                    .msg = TextAt(At(result, "extra"), "message"),
                    .loc = TextAt(result, "path") + ":" +
                           (line.is_number_integer() ? line.dump() : std::string())});
  }
  return Status::OK();
}

Status AddOpa(const FileCalls& calls, const std::string& policy, const std::string& path,
              std::vector<Finding>* out) {
  ARROW_ASSIGN_OR_RAISE(
      const Json answer,
      calls.Ask(ToolId::kOpa, {"eval", "-f", "json", "-d", policy, "-I", path, "data.deny"}, {0}));
  for (const Json& result : At(answer, "result")) {
    for (const Json& expression : At(result, "expressions")) {
      for (const Json& value : At(expression, "value")) {
        out->push_back({.tool = "opa",
                        .rule_id = fs::path(policy).stem().string(),
                        .severity = "high",
                        .raw_severity = "high",
                        .msg = value.is_string() ? value.get<std::string>() : value.dump(),
                        .loc = ""});
      }
    }
  }
  return Status::OK();
}

}  // namespace

std::vector<std::string> CompatPolicies(const std::string& rego_dir) {
  std::vector<std::string> policies;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(rego_dir, error)) {
    if (entry.path().extension() == ".rego") policies.push_back(entry.path().string());
  }
  std::sort(policies.begin(), policies.end());
  return policies;
}

Result<std::vector<Finding>> CompatFindings(const CompatTools& tools, const std::string& path,
                                            ConfigLang lang) {
  ARROW_ASSIGN_OR_RAISE(const auto home, TemporaryFolder::Make("tool"));
  const FileCalls calls(tools, home->path());
  std::vector<Finding> out;
  if (lang == ConfigLang::kK8s) ARROW_RETURN_NOT_OK(AddKubeLinter(calls, path, &out));
  ARROW_RETURN_NOT_OK(AddSemgrep(calls, path, lang, &out));
  for (const std::string& policy : tools.policies) {
    ARROW_RETURN_NOT_OK(AddOpa(calls, policy, path, &out));
  }
  return out;
}

}  // namespace hubmill

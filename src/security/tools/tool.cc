#include "security/tools/tool.h"

#include <algorithm>
#include <cctype>

#include "base/ascii.h"
#include "base/check.h"

namespace hubmill {
namespace {

constexpr int64_t kMiB = 1 << 20;

// KubeLinter loads all objects of a call together, and some checks look across them (a service
// without pods): so each file gets a call of its own.  It starts in 30 ms; Semgrep and checkov take
// seconds, OPA compiles the policies once a call.
constexpr std::array<ToolFacts, 4> kFacts = {{
    {ToolId::kKubeLinter, "kube-linter", "kube-linter", "KUBELINTER", "KUBELINTER_VERSION",
     "version", true, false, 1, 1024 * kMiB},
    {ToolId::kSemgrep, "semgrep", "semgrep", "SEMGREP", "SEMGREP_VERSION", "--version", true, true,
     512, 3072 * kMiB},
    {ToolId::kOpa, "opa", "opa", "OPA", "OPA_VERSION", "version", true, true, 256, 2048 * kMiB},
    {ToolId::kCheckov, "checkov", "checkov", "CHECKOV", "CHECKOV_VERSION", "--version", true, true,
     256, 3072 * kMiB},
}};

struct RuleSeverity {
  std::string_view rule;
  std::string_view severity;
};

// Both tools tell no severity (checkov's needs an account), so these are ours.
constexpr RuleSeverity kRuleSeverities[] = {
    // KubeLinter.
    {"docker-sock", "high"},
    {"env-var-secret", "high"},
    {"host-ipc", "high"},
    {"host-network", "high"},
    {"host-pid", "high"},
    {"privilege-escalation-container", "high"},
    {"privileged-container", "high"},
    {"sensitive-host-mounts", "high"},
    {"unsafe-sysctls", "high"},
    {"dangling-service", "low"},
    {"deprecated-service-account-field", "low"},
    {"duplicate-env-var", "low"},
    {"invalid-target-ports", "low"},
    {"job-ttl-seconds-after-finished", "low"},
    {"liveness-port", "low"},
    {"mismatching-selector", "low"},
    {"no-anti-affinity", "low"},
    {"no-extensions-v1beta", "low"},
    {"pdb-max-unavailable", "low"},
    {"pdb-min-available", "low"},
    {"pdb-unhealthy-pod-eviction-policy", "low"},
    {"readiness-port", "low"},
    {"startup-port", "low"},
    {"unset-cpu-requirements", "low"},
    {"unset-memory-requirements", "low"},
    // checkov, Kubernetes: the node's own, then what is about running well.
    {"CKV_K8S_16", "high"},
    {"CKV_K8S_17", "high"},
    {"CKV_K8S_18", "high"},
    {"CKV_K8S_19", "high"},
    {"CKV_K8S_20", "high"},
    {"CKV_K8S_27", "high"},
    {"CKV_K8S_39", "high"},
    {"CKV_K8S_49", "high"},
    {"CKV_K8S_8", "low"},
    {"CKV_K8S_9", "low"},
    {"CKV_K8S_10", "low"},
    {"CKV_K8S_11", "low"},
    {"CKV_K8S_12", "low"},
    {"CKV_K8S_13", "low"},
    {"CKV_K8S_14", "low"},
    {"CKV_K8S_15", "low"},
    {"CKV_K8S_21", "low"},
    {"CKV_K8S_43", "low"},
    // checkov, Terraform: open to everybody, secrets, everything allowed.
    {"CKV_AWS_17", "high"},
    {"CKV_AWS_20", "high"},
    {"CKV_AWS_24", "high"},
    {"CKV_AWS_25", "high"},
    {"CKV_AWS_41", "high"},
    {"CKV_AWS_45", "high"},
    {"CKV_AWS_46", "high"},
    {"CKV_AWS_57", "high"},
    {"CKV_AWS_62", "high"},
    {"CKV_AWS_63", "high"},
    {"CKV_AZURE_9", "high"},
    {"CKV_AZURE_10", "high"},
    {"CKV_GCP_2", "high"},
    {"CKV_GCP_3", "high"},
    {"CKV_GCP_28", "high"},
    {"CKV_AWS_18", "low"},
    {"CKV_AWS_23", "low"},
    {"CKV_AWS_144", "low"},
    {"CKV_TF_1", "low"},
    {"CKV_TF_2", "low"},
};

}  // namespace

const ToolFacts& FactsOf(ToolId id) {
  const auto& facts = kFacts[static_cast<size_t>(id)];
  HUBMILL_CHECK(facts.id == id, "the table has the order of the ids");
  return facts;
}

bool Reads(const ToolFacts& facts, ConfigLang lang) {
  return lang == ConfigLang::kK8s ? facts.k8s : facts.tf;
}

std::string_view SeverityOf(ToolId id, std::string_view rule_id, std::string_view raw) {
  const std::string said = AsciiLowered(raw);
  if (said == "low" || said == "info") return "low";
  if (said == "med" || said == "medium" || said == "moderate" || said == "warning") return "med";
  if (said == "high" || said == "critical" || said == "error") return "high";
  if (id == ToolId::kKubeLinter || id == ToolId::kCheckov) {
    for (const RuleSeverity& rule : kRuleSeverities) {
      if (rule.rule == rule_id) return rule.severity;
    }
  }
  return "med";
}

Finding FindingAt(ToolId id, const TextFinding& finding, const std::string& path) {
  return {.tool = std::string(FactsOf(id).name),
          .rule_id = finding.rule_id,
          .severity = std::string(SeverityOf(id, finding.rule_id, finding.raw_severity)),
          .raw_severity = finding.raw_severity,
          .msg = finding.msg,
          .loc = finding.line > 0 ? path + ":" + std::to_string(finding.line)
                                  : (finding.object.empty() ? path : finding.object)};
}

}  // namespace hubmill

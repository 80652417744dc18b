// A Kubernetes manifest or a Terraform file of an evaluation set, and what tools found in it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hubmill {

enum class ConfigLang : uint8_t { kK8s, kTf };

/// "k8s", "tf": as meta.lang says it.
inline const char* NameOf(ConfigLang lang) { return lang == ConfigLang::kK8s ? "k8s" : "tf"; }

struct ConfigFile {
  ConfigLang lang = ConfigLang::kK8s;
  std::string path;  // Below its root, parts joined by '/'.
  std::string text;  // UTF-8, with LF only: what the record shows and what tools scan.
  std::string hash;  // Of `text`: the first 16 hexadecimal digits of its SHA-256.
};

/// One finding.  All texts are UTF-8.
struct Finding {
  std::string tool;          // "kube-linter", "semgrep", "opa", "checkov".
  std::string rule_id;       // As the tool names it.
  std::string severity;      // low, med or high (docs/recipes/security.md has the table).
  std::string raw_severity;  // As the tool says it; empty where it says none.
  std::string msg;
  std::string loc;  // FILE:LINE, or Kind/namespace/name.

  bool operator==(const Finding&) const = default;
};

}  // namespace hubmill

// The programs that say what is wrong with a manifest or a Terraform file.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "security/configs/config_file.h"

namespace hubmill {

enum class ToolId : uint8_t { kKubeLinter, kSemgrep, kOpa, kCheckov };

/// In the order in which a record lists findings.
inline constexpr std::array<ToolId, 4> kToolIds = {ToolId::kKubeLinter, ToolId::kSemgrep,
                                                   ToolId::kOpa, ToolId::kCheckov};

struct ToolFacts {
  ToolId id;
  std::string_view name;      // As records say it: "kube-linter".
  std::string_view program;   // What is looked for.
  std::string_view variable;  // Of the environment, says where it is: "KUBELINTER".
  std::string_view pin;       // Its key in the versions file: "KUBELINTER_VERSION".
  std::string_view version_argument;
  bool k8s;  // Which languages it reads.
  bool tf;
  size_t batch_max;      // Files of one call.
  int64_t memory_bytes;  // All processes of one call; private resident memory.
};

const ToolFacts& FactsOf(ToolId id);
bool Reads(const ToolFacts& facts, ConfigLang lang);

/// What a tool says about one text, wherever the file lies.
struct TextFinding {
  std::string rule_id;
  std::string raw_severity;  // Empty where it says none.
  std::string msg;
  std::string object;  // Kind/namespace/name, or a resource's address; may be empty.
  int64_t line = 0;    // From 1; 0 where it says none.

  auto operator<=>(const TextFinding&) const = default;
};

struct TextAnswer {
  std::vector<TextFinding> findings;  // Sorted.
  std::string failure;                // Why the tool gave no answer for this text; else empty.
};

/// low, med or high: what the tool says, else what docs/recipes/security-tools.md lists for the
/// rule, else med.
std::string_view SeverityOf(ToolId id, std::string_view rule_id, std::string_view raw);

/// `finding` in the file at `path`.
Finding FindingAt(ToolId id, const TextFinding& finding, const std::string& path);

}  // namespace hubmill

// What is part of the program for its tools; made from files of the repository by CMake.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hubmill {

/// security/rules/semgrep: name without .yaml, and text; their own tests ("kubernetes.test") too.
const std::vector<std::pair<std::string, std::string>>& SemgrepRuleFiles();
/// security/policies: "kubernetes.rego", ...; their tests ("kubernetes_test.rego") too.
const std::vector<std::pair<std::string, std::string>>& PolicyFiles();
/// security: "versions.txt", "requirements-semgrep.txt", ...
const std::vector<std::pair<std::string, std::string>>& ToolListFiles();
/// samples/security/configs: path below it, and text.
const std::vector<std::pair<std::string, std::string>>& SampleConfigFiles();

/// The file of that name in one of these; empty where there is none.
std::string EmbeddedFile(const std::vector<std::pair<std::string, std::string>>& files,
                         const std::string& name);

}  // namespace hubmill

// What a manifest or a Terraform file sets up, by name: a mend of the file leaves that as it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "security/configs/config_file.h"

namespace hubmill {

/// Sorted, each as often as it stands there, as JSON texts:
///   k8s  [apiVersion, kind, namespace, name] of each object, those within lists (kind: List) too,
///        and [apiVersion, kind, namespace, name, "containers", NAME] of each container in it
///   tf   [block, labels...] of each block at the top: ["resource", "aws_s3_bucket", "logs"]
/// Nothing of a text that cannot be read.
std::vector<std::string> ObjectsOf(ConfigLang lang, std::string_view text);

/// How often the text tells a tool to look away: `# nosemgrep`, `checkov:skip=`, annotations like
/// `ignore-check.kube-linter.io/...`.
int64_t CountSuppressions(std::string_view text);

}  // namespace hubmill

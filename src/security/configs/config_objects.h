// What a manifest or a Terraform file sets up, by name: a mend of the file leaves that as it is.
#pragma once

#include <string_view>

#include "security/configs/config_file.h"

namespace hubmill {

/// Whether `after` sets up what `before` does, each thing as often:
///   k8s  each object (apiVersion, kind, namespace, name), those within lists (kind: List) too, and
///        each container in it; an object without a namespace may get one
///   tf   each block at the top by type and labels: resource "aws_s3_bucket" "logs"
/// A text that cannot be read sets up nothing.
bool KeepsObjects(ConfigLang lang, std::string_view before, std::string_view after);

/// Whether `after` tells a tool to look away where `before` does not, or from more: a line with
/// `# nosemgrep`, `checkov:skip=` or the like, or an annotation such as
/// `ignore-check.kube-linter.io/...`, that `before` lacks.
bool AddsSilence(ConfigLang lang, std::string_view before, std::string_view after);

}  // namespace hubmill

// What a plain YAML scalar is to Kubernetes: sigs.k8s.io/yaml reads YAML 1.1.
#pragma once

#include <string>
#include <string_view>

namespace hubmill {

/// The JSON of a plain scalar: null, a boolean, a number in decimal digits, or a string.
std::string JsonOfPlainScalar(std::string_view text);

}  // namespace hubmill

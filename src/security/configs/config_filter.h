// How the original tells manifests and Terraform files from others: by substrings, anywhere in the
// text, comments included.  Kept for sets that must equal its own (--compat).
#pragma once

#include <string_view>

namespace hubmill {

/// Two of "apiVersion:", "kind:", "metadata:", "spec:" stand in a text that is not blank.
bool LooksLikeManifest(std::string_view text);

/// One of "resource ", "module ", "data ", "variable ", "output ", "provider ", "terraform " does.
bool LooksLikeTerraform(std::string_view text);

}  // namespace hubmill

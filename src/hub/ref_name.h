// What a new branch or tag may be called.
#pragma once

#include <string_view>

#include "core/failure.h"

namespace hubmill {

/// kWrongUsage where `name` is no revision's name, or reads as something else afterwards: 40
/// hexadecimal digits as a commit and, of a tag, `main` as the branch.
Status CheckBranchName(std::string_view name);
Status CheckTagName(std::string_view name);

}  // namespace hubmill

// What a split may be called, wherever the name comes from: a recipe, a card, a file's name.
#pragma once

#include <string_view>

#include "core/failure.h"

namespace hubmill {

inline constexpr size_t kSplitNameBytesMax = 100;

/// kWrongUsage unless `name` is letters, digits and _, with single dots between.  The `datasets`
/// library takes no other, and such a name cannot leave the folder that files are named in.
Status CheckSplitName(std::string_view name);

}  // namespace hubmill

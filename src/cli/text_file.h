// A small file that a command writes beside what it publishes.
#pragma once

#include <string>

#include "core/failure.h"

namespace hubmill {

/// Writes `text` to `path`, whose folder is made where it is missing; it appears whole or not at
/// all.
Status WriteTextFile(const std::string& path, const std::string& text);

}  // namespace hubmill

// Files that hold tokens, which no commit takes.
#pragma once

#include <string_view>

namespace hubmill {

/// Whether a file is called `.env` or `.env.*`, wherever it lies.
bool IsSecretsFile(std::string_view path);

}  // namespace hubmill

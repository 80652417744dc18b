// Tables of facts for people: columns aligned, the first to the left, the others to the right.
#pragma once

#include <string>
#include <vector>

namespace hubmill {

using TableLine = std::vector<std::string>;

/// REQUIRES: one line at least; all have as many cells as the first.
std::string RenderTable(const std::vector<TableLine>& lines);

}  // namespace hubmill

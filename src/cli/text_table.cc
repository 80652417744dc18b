#include "cli/text_table.h"

#include <algorithm>

namespace hubmill {

std::string RenderTable(const std::vector<TableLine>& lines) {
  std::vector<size_t> widths(lines[0].size(), 0);
  for (const TableLine& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string out;
  for (const TableLine& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) {
      const std::string pad(widths[i] - line[i].size(), ' ');
      out += i == 0 ? line[i] + pad : "  " + pad + line[i];
    }
    while (out.back() == ' ') out.pop_back();
    out += "\n";
  }
  return out;
}

}  // namespace hubmill

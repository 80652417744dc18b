#include "base/json_depth.h"

#include <cstddef>

namespace hubmill {

bool IsShallowJson(std::string_view text, int levels_max) {
  int levels = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++levels > levels_max) return false;
    } else if (c == ']' || c == '}') {
      --levels;
    }
  }
  return true;
}

}  // namespace hubmill

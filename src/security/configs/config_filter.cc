#include "security/configs/config_filter.h"

#include "base/utf8.h"

namespace hubmill {
namespace {

bool IsBlank(std::string_view text) { return StripPythonSpace(text).empty(); }

bool Has(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

}  // namespace

bool LooksLikeManifest(std::string_view text) {
  int markers = 0;
  for (const std::string_view word : {"apiVersion:", "kind:", "metadata:", "spec:"}) {
    if (Has(text, word)) ++markers;
  }
  return markers >= 2 && !IsBlank(text);
}

bool LooksLikeTerraform(std::string_view text) {
  for (const std::string_view word :
       {"resource ", "module ", "data ", "variable ", "output ", "provider ", "terraform "}) {
    if (Has(text, word)) return true;
  }
  return false;
}

}  // namespace hubmill

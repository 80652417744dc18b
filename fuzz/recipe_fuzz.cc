// Any bytes as a recipe: an error or a recipe, never a crash, and errors name their place.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/recipe.h"
#include "hubmill/hubmill.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const hubmill::ParamValues values{
      .env = [](const std::string&) { return std::optional<std::string>("value"); }};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto recipe = hubmill::LoadRecipe(text, "fuzz.yaml", hubmill::AllBlocks(), values);
  if (recipe.ok()) {
    if (recipe->name.empty() || recipe->datasets.empty()) std::abort();
  } else if (recipe.status().message().find("fuzz.yaml") == std::string::npos) {
    std::abort();
  }
  return 0;
}

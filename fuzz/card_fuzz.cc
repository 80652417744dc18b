// A card that a stranger wrote: reading and merging never crash or hang, and a merge that succeeds
// keeps the text below the front matter, says what it should, and changes nothing a second time.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "hub/card_text.h"

namespace {

constexpr size_t kInputBytesMax = 64 << 10;

hubmill::CardConfig Update(const char* name) {
  return {.name = name,
          .features = {{.name = "a", .dtype = "int64"}},
          .splits = {{"train", 10, 2, {"data/train-*"}}, {"test", 5, 1, {"x", "y"}}},
          .download_bytes = 7};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > kInputBytesMax) return 0;
  const std::string readme(reinterpret_cast<const char*>(data), size);
  const auto card = hubmill::ParseCard(readme);
  for (const char* name : {"default", "c"}) {
    const auto merged = hubmill::MergeCard(readme, {Update(name)});
    if (!merged.ok()) continue;
    HUBMILL_CHECK(card.ok(), "what can be merged can be read");
    const size_t body = readme.rfind("\n---\n");
    if (body == std::string::npos) {
      HUBMILL_CHECK(merged->find("data/train-*") != std::string::npos, "the split is there");
    } else {
      const std::string_view tail = std::string_view(readme).substr(body + 1);
      HUBMILL_CHECK(std::string_view(*merged).substr(merged->size() - tail.size()) == tail,
                    "the text below stays");
    }
    const auto again = hubmill::MergeCard(*merged, {Update(name)});
    HUBMILL_CHECK(again.ok() && *again == *merged, "the second time nothing changes");
    const auto dropped = hubmill::MergeCard(*merged, {}, {name});
    HUBMILL_CHECK(!dropped.ok() || hubmill::ParseCard(*dropped)->Find(name) == nullptr,
                  "a dropped config is gone");
  }
  return 0;
}

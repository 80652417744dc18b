// A commit's body from anywhere: reading ends, and what is accepted names a path that may stand in
// a repository.  The card is read as well, as a commit of README.md does.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "base/check.h"
#include "hub/local/commit_body.h"
#include "hub/local/front_matter.h"
#include "hub/local/path_rules.h"
#include "net/string_body.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hubmill::local_hub;
  const std::string text(reinterpret_cast<const char*>(data), size);
  StringBody body(text, 100);
  LineReader lines(&body);
  for (;;) {
    const auto next = lines.Next(1 << 20);
    if (!next.ok() || !next->has_value()) break;
    const auto line = ParseCommitLine(**next);
    if (!line.ok() || line->kind == LineKind::kHeader) continue;
    HUBMILL_CHECK(PathProblem(line->path) == nullptr, "an accepted path is allowed");
    HUBMILL_CHECK(line->content.size() <= size, "content comes from the line");
  }
  const auto card = ParseFrontMatter(text);
  HUBMILL_CHECK(!card.ok() || card->is_null() || card->is_object(), "a card is a mapping");
  return 0;
}

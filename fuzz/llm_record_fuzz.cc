// Arbitrary bytes as a source record: never a crash, and what comes out is UTF-8 that parses as
// Harmony in its form; a user's text forges no message, so one rendered message is one parsed.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/utf8.h"
#include "llm/adapter.h"
#include "llm/normalize_row.h"
#include "text/harmony.h"

namespace hubmill {
namespace {

void CheckRow(std::string_view record, const Adapter& adapter, const RowRules& rules) {
  RowNormalizer normalizer(&adapter, &rules);
  const SplitPrompts prompts = PromptsOf(adapter, "low");
  NormalRow row;
  if (normalizer.Normalize(record, prompts, &row) != nullptr) return;
  HUBMILL_CHECK(IsValidUtf8(row.text), "a text that is no UTF-8");
  HUBMILL_CHECK(row.text_sha1.size() == 40 && !row.id.empty(), "a row without an id");
  if (rules.compat || !adapter.text.empty()) return;
  HUBMILL_CHECK(row.flags.valid_harmony, "a text that does not parse");
  std::vector<HarmonyMessage> messages;
  HUBMILL_CHECK(!ParseHarmony(row.text, {.form = rules.form}, &messages), "not of its form");
  for (const LossSpan& span : row.spans) {
    HUBMILL_CHECK(span.begin <= span.end && span.end <= row.char_len, "a span beyond the text");
  }
}

}  // namespace
}  // namespace hubmill

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hubmill;
  static const auto* adapters = [] {
    auto* all = new std::vector<Adapter>;
    for (const char* name : {"math-v2", "math-proofs", "agentic", "harmony", "sharegpt"}) {
      all->push_back(AdapterFor(name).ValueOrDie());
    }
    return all;
  }();
  const std::string_view record(reinterpret_cast<const char*>(data), size);
  if (!IsValidUtf8(record)) return 0;  // The source has refused it.
  for (const Adapter& adapter : *adapters) {
    CheckRow(record, adapter, {});
    CheckRow(record, adapter, {.form = HarmonyForm::kOfficial});
    CheckRow(record, adapter, {.compat = true, .id = IdRule::kText});
  }
  return 0;
}

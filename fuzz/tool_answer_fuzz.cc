// What tools print: the first byte says which tool, the rest is its answer.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "security/tools/tool_answer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view output(reinterpret_cast<const char*>(data) + 1, size - 1);
  constexpr size_t kTexts = 3;
  const auto check = [](size_t texts, const auto& answers) {
    if (!answers.ok()) return;
    HUBMILL_CHECK(answers->size() == texts, "one answer a text");
    for (const auto& answer : *answers) {
      for (const auto& finding : answer.findings) {
        HUBMILL_CHECK(finding.line >= 0, "lines count from 1");
        HUBMILL_CHECK(!finding.rule_id.empty(), "a finding names its rule");
      }
    }
  };
  switch (data[0] % 4) {
    case 0:
      check(1, hubmill::ReadKubeLinterAnswer(output, ""));
      check(1, hubmill::ReadKubeLinterAnswer("", output));
      break;
    case 1:
      check(kTexts, hubmill::ReadSemgrepAnswer(output, kTexts));
      break;
    case 2:
      check(kTexts, hubmill::ReadCheckovAnswer(output, kTexts));
      static_cast<void>(hubmill::PassedOverKind(output, {}));
      break;
    default:
      check(kTexts, hubmill::ReadOpaAnswer(output, kTexts, {"a", "b"}));
      HUBMILL_CHECK(hubmill::ReadOpaError(output).line >= 0, "lines count from 1");
  }
  return 0;
}

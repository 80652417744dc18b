// Arbitrary bytes as a row of an evaluation set: never a crash; a row that strict rules pass passes
// the original's too, and no message holds a value of the row.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "security/sets/eval_row.h"
#include "security/sets/leak_scan.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hubmill;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  for (const EvalSet set : {EvalSet::kE1, EvalSet::kE2}) {
    EvalRow strict;
    EvalRow original;
    std::vector<std::string> of_strict;
    std::vector<std::string> of_original;
    std::vector<std::string> extra;
    ReadEvalRow(set, EvalRules::kStrict, line, &strict, &of_strict, &extra);
    extra.clear();
    ReadEvalRow(set, EvalRules::kOriginal, line, &original, &of_original, &extra);
    HUBMILL_CHECK(!of_strict.empty() || of_original.empty(), "strict rules are the stricter ones");
    if (!of_original.empty()) continue;
    PrivateRows rows;
    if (!rows.AddLine(line)) continue;
    LeakScan scan(&rows);
    scan.Look(line);
    HUBMILL_CHECK(scan.found().contains(Leak::kQuestion), "a private row is found");
  }
  return 0;
}

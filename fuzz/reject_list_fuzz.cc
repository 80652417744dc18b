// Arbitrary lines as rejects: never a crash; what is taken is counted, and samples are JSON.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/check.h"
#include "view/reject_list.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  hubmill::RejectReader reader({.text = "a", .sample_bytes = 60});
  int64_t taken = 0;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (reader.Take(line).ok()) ++taken;
  }
  const hubmill::RejectList list = reader.Finish();
  HUBMILL_CHECK(list.rows == taken, "each reject is counted");
  int64_t rows = 0;
  for (const hubmill::RejectReason& reason : list.reasons) {
    rows += reason.rows;
    HUBMILL_CHECK(reason.matches <= reason.rows, "matches are rows");
    for (const std::string& sample : reason.samples) {
      HUBMILL_CHECK(nlohmann::json::accept(sample), "a sample is JSON");
    }
  }
  HUBMILL_CHECK(rows == taken, "by reason, too");
  return 0;
}

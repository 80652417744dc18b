// Arbitrary bytes as CSV: never a crash, and the same records however the text is cut into blocks.
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/check.h"
#include "io/csv_decode.h"
#include "io/line_blocks.h"

namespace hubmill {
namespace {

using Records = std::vector<std::vector<std::string>>;

void Parse(std::string_view text, Records* out) {
  CsvParser parser(text, {});
  std::vector<CsvField> fields;
  while (!parser.at_end()) {
    CsvError error = parser.Next(&fields);
    if (fields.empty() && error == CsvError::kNone) continue;
    auto& record = out->emplace_back();
    record.push_back(std::to_string(int(error)));
    for (const CsvField& field : fields) record.emplace_back(field.text);
  }
}

/// As LineBlocks cuts: blocks of `step` bytes, grown until a record ends.
void ParseInBlocks(std::string_view text, size_t step, Records* out) {
  CsvCutter cutter({});
  size_t start = 0;
  while (start < text.size()) {
    size_t scanned = 0, end = 0;
    for (size_t size = step; end == 0; size += step) {
      std::string_view block = text.substr(start, size);
      end = start + size >= text.size() ? block.size() : cutter.LastRowEnd(block, scanned);
      scanned = block.size();
    }
    Parse(text.substr(start, end), out);
    cutter.Restart();
    start += end;
  }
}

}  // namespace
}  // namespace hubmill

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using hubmill::TypeTree;
  std::string padded(reinterpret_cast<const char*>(data), size);
  padded.append(size_t(hubmill::kBlockPadding), '\0');
  std::string_view text(padded.data(), size);
  hubmill::Records whole, cut;
  hubmill::Parse(text, &whole);
  hubmill::ParseInBlocks(text, 1 + size % 7, &cut);
  HUBMILL_CHECK(whole == cut, "cuts change no record");
  static const TypeTree kTree = *hubmill::ParseColumns(
      {{"a", "int64"}, {"b", "string"}, {"c", "float64"}, {"d", "timestamp"}, {"e", "bool"}});
  hubmill::ColumnPlan plan(kTree);
  auto schema = hubmill::SchemaOf(kTree);
  hubmill::CsvDecodeOptions options;
  options.nulls = {""};
  options.header = false;
  options.encoding = hubmill::CsvEncoding(size % 3);
  auto decoded = hubmill::DecodeCsv(text, false, plan, schema, options);
  HUBMILL_CHECK(decoded.ok(), "bad rows are no failure");
  for (const auto& batch : decoded->batches) {
    HUBMILL_CHECK(batch.rows->ValidateFull().ok(), "columns are sound");
  }
  return 0;
}

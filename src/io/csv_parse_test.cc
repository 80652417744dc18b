#include "io/csv_parse.h"

#include <gmock/gmock.h>

#include <random>

namespace hubmill {
namespace {

using Records = std::vector<std::vector<std::string>>;

/// The fields of each record, its error before them; blank lines left out.
void Parse(std::string_view text, Records* out) {
  CsvParser parser(text, {});
  std::vector<CsvField> fields;
  while (!parser.at_end()) {
    const CsvError error = parser.Next(&fields);
    if (fields.empty() && error == CsvError::kNone) continue;
    auto& record = out->emplace_back();
    record.push_back(std::to_string(int(error)));
    for (const CsvField& field : fields) record.emplace_back(field.text);
  }
}

/// In blocks that grow by `step` bytes until a row ends, as LineBlocks cuts them.
Records ParseInBlocks(std::string_view text, size_t step) {
  Records out;
  CsvCutter cutter({});
  for (size_t start = 0; start < text.size();) {
    size_t scanned = 0, end = 0;
    for (size_t size = step; end == 0; size += step) {
      const std::string_view block = text.substr(start, size);
      end = start + size >= text.size() ? block.size() : cutter.LastRowEnd(block, scanned);
      scanned = block.size();
    }
    Parse(text.substr(start, end), &out);
    cutter.Restart();
    start += end;
  }
  return out;
}

TEST(CsvParse, ABrokenRecordTakesItsFirstLineAlone) {
  Records records;
  Parse("1,\"x\n2,y\n3,\"z\"\n4,\"u\"!,v\n5,\"w", &records);
  const std::string broken = std::to_string(int(CsvError::kBrokenQuotes));
  EXPECT_EQ(records, (Records{{broken}, {"0", "2", "y"}, {"0", "3", "z"}, {broken}, {broken}}));
}

TEST(CsvParse, CutsChangeNoRecord) {
  constexpr std::string_view kPieces[] = {"a",    ",",  "\"",  "\"\"", "\n",
                                          "\r\n", "\r", ",\"", "\",",  "\"\n"};
  std::mt19937 draw(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (int n = 1 + int(draw() % 24); n > 0; --n) text += kPieces[draw() % std::size(kPieces)];
    Records whole;
    Parse(text, &whole);
    for (size_t step : {1, 3, 7}) ASSERT_EQ(ParseInBlocks(text, step), whole) << text << step;
  }
}

}  // namespace
}  // namespace hubmill

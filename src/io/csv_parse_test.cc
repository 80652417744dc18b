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

/// The rules byte by byte, of texts in which no quote is broken.
Records Plainly(std::string_view text, char delimiter) {
  Records out;
  std::vector<std::string> record = {"0", ""};
  bool quoted = false, any = false;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool opens =
        c == '"' && record.back().empty() &&
        (at == 0 || text[at - 1] == delimiter || text[at - 1] == '\n' || text[at - 1] == '\r');
    if (quoted) {
      if (c != '"') {
        record.back() += c;
      } else if (at + 1 < text.size() && text[at + 1] == '"') {
        record.back() += text[++at];
      } else {
        quoted = false;
      }
      continue;
    }
    if (c == '\n' && at > 0 && text[at - 1] == '\r') continue;
    if (c == '\n' || c == '\r') {
      if (any) out.push_back(record);
      record = {"0", ""};
      any = false;
      continue;
    }
    any = true;
    if (opens) {
      quoted = true;
    } else if (c == delimiter) {
      record.emplace_back();
    } else {
      record.back() += c;
    }
  }
  if (any) out.push_back(record);
  return out;
}

TEST(CsvParse, LongRecordsAsReadByteByByte) {
  constexpr std::string_view kFields[] = {
      "", "a", "12.5", "\"x\"", "b\"", "\"u,\nv\"", "\"doubled\"\"\"", "0123456789abcdef"};
  constexpr std::string_view kEnds[] = {"\n", "\r\n", "\r", "\n\n"};
  std::mt19937 draw(11);
  for (int i = 0; i < 3'000; ++i) {
    std::string text;
    for (int rows = 1 + int(draw() % 8); rows > 0; --rows) {
      for (int n = int(draw() % 40); n >= 0; --n) {
        text += kFields[draw() % std::size(kFields)];
        if (n > 0) text += ',';
      }
      if (rows > 1 || draw() % 2 == 0) text += kEnds[draw() % std::size(kEnds)];
    }
    Records records;
    Parse(text, &records);
    ASSERT_EQ(records, Plainly(text, ',')) << text;
  }
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

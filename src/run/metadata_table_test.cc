#include "run/metadata_table.h"

#include <gmock/gmock.h>

namespace hubmill {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kGood[] =
    R"({"section": "ood", "name": "a", "description": "d", "payload_json": "{\"k\":1}", )"
    R"("version": "v1", "created_at": "2025-10-13T00:00:00Z"})"
    "\n";

std::vector<std::string> Problems(std::string_view text) {
  int64_t rows = 0;
  return CheckMetadata(text, &rows);
}

/// kGood with `from` replaced.
std::string With(std::string_view from, std::string_view to) {
  std::string text = kGood;
  const size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(CheckMetadata, AcceptsAWholeTable) {
  int64_t rows = 0;
  EXPECT_THAT(CheckMetadata(kGood + With("\"a\"", "\"b\""), &rows), IsEmpty());
  EXPECT_EQ(rows, 2);
}

TEST(CheckMetadata, NamesRowAndField) {
  const std::string second = With("\"a\"", "\"b\"");
  const struct {
    const char* from;
    const char* to;
    const char* problem;
  } cases[] = {
      {"\"version\": \"v1\", ", "", "row=1 field=version: the field is missing"},
      {"\"name\": \"a\"", "\"nome\": \"a\"", "row=1 field=name: the field is missing"},
      {"\"d\"", "\"d\", \"more\": 1",
       "row=1: unknown fields: count=1 fields=more; remedy: exactly section"},
      {R"("section": "ood", "name": "a")", R"("name": "a", "section": "ood")",
       "row=1: the fields stand in another order"},
      {"\"v1\"", "1", "row=1 field=version: not a text"},
      {"\"d\"", "null", "row=1 field=description: not a text"},
      {"\"d\"", "\"\"", "row=1 field=description: the text is empty"},
      {R"({\"k\":1})", R"({\"k\": 1})", "row=1 field=payload_json: not minified: first_byte=6"},
      {R"({\"k\":1})", R"({\"k\":\"é\"})", "row=1 field=payload_json: not minified"},
      {R"({\"k\":1})", R"({\"k\":)", "row=1 field=payload_json: not valid JSON: line=1 column=6"},
      {R"({\"k\":1})", R"({\"k\":1,\"k\":2})", "a key stands twice"},
      {R"({\"k\":1})", "7", "row=1 field=payload_json: neither an object nor a list"},
      {R"({\"k\":1})", "[]", "row=1 field=payload_json: an object or list without"},
      {"00:00:00Z", "25:00:00Z", "row=1 field=created_at: not a UTC time"},
      {"{\"section\"", "{section", "row=1: not valid JSON: line=1 column=2"},
      {"{\"section\": \"ood\"", "{\"section\": \"ood\", \"section\": \"ood\"",
       "a key stands twice"},
      {"\"d\"", "\"\xFF\"", "row=1: the text is not UTF-8"},
  };
  for (const auto& each : cases) {
    const auto problems = Problems(With(each.from, each.to) + second);
    ASSERT_FALSE(problems.empty()) << each.problem;
    EXPECT_THAT(problems[0], HasSubstr(each.problem));
  }
}

TEST(CheckMetadata, LooksAcrossRows) {
  EXPECT_THAT(Problems(std::string(kGood) + kGood),
              ElementsAre("row=2 field=name: section and name as in an earlier row: first_row=1"));
  std::string other = With("\"v1\"", "\"v2\"");
  other.replace(other.find("\"a\""), 3, "\"b\"");
  EXPECT_THAT(Problems(kGood + other),
              ElementsAre("row=2 field=version: another version than in the first row"));
}

TEST(CheckMetadata, KnowsBrokenFiles) {
  EXPECT_THAT(Problems(""), ElementsAre("there are no rows"));
  EXPECT_THAT(Problems(std::string(kGood) + "\n"), ElementsAre("row=2: the line is blank"));
  EXPECT_THAT(Problems("[]\n"), ElementsAre("row=1: not a JSON object"));
  EXPECT_THAT(Problems(std::string_view(kGood).substr(0, sizeof(kGood) - 2)),
              ElementsAre(HasSubstr("row=1: the line has no end")));
  EXPECT_THAT(Problems("\xEF\xBB\xBF" + std::string(kGood)),
              ElementsAre(HasSubstr("byte order mark")));
  EXPECT_THAT(Problems(With("\n", "\r\n")), ElementsAre(HasSubstr("CRLF")));
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "x\n";
  EXPECT_EQ(Problems(many).size(), kMetadataProblemsMax);
}

TEST(UtcTimestamp, KnowsTimesThatExist) {
  for (const char* good : {"2025-10-13T00:00:00Z", "2026-11-21T01:32:02.373328Z",
                           "2024-02-29T23:59:59.1Z", "1970-01-01T00:00:00.123456789Z"}) {
    EXPECT_TRUE(IsUtcTimestamp(good)) << good;
  }
  for (const char* bad :
       {"", "X", "2025-10-13", "2025-10-13T00:00:00", "2025-10-13 00:00:00Z", "2025-10-13T00:00Z",
        "2025-02-29T00:00:00Z", "2025-10-13T24:00:00Z", "2025-10-13T00:00:60Z",
        "2025-10-13T00:00:00+00:00", "2025-10-13T00:00:00.Z", "2025-10-13T00:00:00.1234567890Z",
        "2025-10-13T00:00:00ZZ", "25-10-13T00:00:00Z"}) {
    EXPECT_FALSE(IsUtcTimestamp(bad)) << bad;
  }
  EXPECT_EQ(UtcTimestamp(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(UtcTimestamp(1'760'313'600), "2025-10-13T00:00:00Z");
}

}  // namespace
}  // namespace hubmill

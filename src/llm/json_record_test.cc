// The one-pass reader against the slow one, which is the rule: same tree, same refusals.
#include "llm/json_record.h"

#include <gtest/gtest.h>

#include <string>

#include "base/json_value.h"

namespace hubmill {
namespace {

std::string Canonical(const JsonNode& node) {
  std::string text;
  AppendJson(node, {.sort_keys = true}, &text);
  return text;
}

TEST(JsonReader, ReadsWhatTheSlowReaderReads) {
  const std::string deep_list = std::string(999, '[') + std::string(999, ']');
  const std::string too_deep = std::string(1002, '[') + std::string(1002, ']');
  const std::string many_digits(4300, '9');
  const std::string repeated = R"({"b":1,"a":{"x":[1,2.50,-0,-0.0]},"b":2,"":null})";
  const std::string texts[] = {
      "null",
      " true ",
      "false",
      "0",
      "-0",
      "-0.0",
      "1e16",
      "1E-5",
      "12345678901234567890123",
      "1e400",
      "-1e400",
      "NaN",
      "Infinity",
      "-Infinity",
      "\"\"",
      R"("a\u00e9\n\\\/\ud835\udd38")",
      R"("\ud800")",
      "[]",
      "{}",
      "[1,[],{}]",
      repeated,
      deep_list,
      too_deep,
      many_digits,
      many_digits + "9",
      "",
      " ",
      "[1,]",
      "[,1]",
      "{\"a\":1,}",
      "{a:1}",
      "[1 2]",
      "01",
      "1.",
      ".5",
      "+1",
      "tru",
      "nulll",
      "\"\x01\"",
      "\"open",
      "{\"a\"",
      "[1]]",
      "\"a\nb\"",
      R"("\x")",
      "[\"" + std::string(5000, 'x') + "\", \"" + std::string(31, 'y') + "\\n\"]"};
  JsonReader reader;  // One for all: nothing of a document may stay behind.
  for (const std::string& text : texts) {
    SCOPED_TRACE(text.substr(0, 60));
    JsonValue value;
    const bool valid = !ParseJsonValue(text, &value);
    const JsonNode* node = reader.Parse(text);
    ASSERT_EQ(node != nullptr, valid);
    if (!valid) continue;
    std::string expected;
    AppendJsonValue(value, {.sort_keys = true}, &expected);
    EXPECT_EQ(Canonical(*node), expected);
  }
}

TEST(JsonReader, FindsRepeatedKeysAmongMany) {
  std::string text = "{";
  for (int i = 0; i < 100; ++i) {
    text += "\"k" + std::to_string(i % 60) + "\": " + std::to_string(i) + ",";
  }
  text.back() = '}';
  JsonReader reader;
  const JsonNode* node = reader.Parse(text);
  ASSERT_NE(node, nullptr);
  ASSERT_EQ(node->fields.size(), 60U);
  EXPECT_EQ(node->fields[0].key, "k0");
  EXPECT_EQ(node->Find("k0")->text, "60");
  EXPECT_EQ(node->Find("k59")->text, "59");
}

}  // namespace
}  // namespace hubmill

#include "base/json_value.h"

#include <gtest/gtest.h>

#include <string>

#include "base/utf8.h"

namespace hubmill {
namespace {

std::string Again(std::string_view text, JsonStyle style = {}) {
  JsonValue value;
  const auto fault = ParseJsonValue(text, &value);
  if (fault) return "fault at " + std::to_string(fault->offset_bytes);
  std::string out;
  AppendJsonValue(value, style, &out);
  return out;
}

// Each right side is what Python 3.11 answers to json.dumps(json.loads(x), ensure_ascii=False).
TEST(JsonValue, WritesWhatPythonWrites) {
  EXPECT_EQ(Again(" [1,-0,1.0,-0.0,1e16,1e15,1e-5,0.0001,1E+2] "),
            "[1, 0, 1.0, -0.0, 1e+16, 1000000000000000.0, 1e-05, 0.0001, 100.0]");
  EXPECT_EQ(Again("[123456789012345678901234567890,1e400,-1e400,1e-400,5e-324]"),
            "[123456789012345678901234567890, Infinity, -Infinity, 0.0, 5e-324]");
  EXPECT_EQ(Again("[NaN,Infinity,-Infinity,true,false,null,{},[]]"),
            "[NaN, Infinity, -Infinity, true, false, null, {}, []]");
  EXPECT_EQ(Again(R"("\u00e9\ud835\udd38\/\b\f\n\r\t\"\\\u2028\u007f\u0001")"),
            "\"\u00e9\U0001D538/\\b\\f\\n\\r\\t\\\"\\\\\u2028\x7f\\u0001\"");
  EXPECT_EQ(Again(R"({"b":1,"a":{"y":1,"x":[2]},"b":3})"), R"({"b": 3, "a": {"y": 1, "x": [2]}})");
  EXPECT_EQ(Again(R"({"b":1,"a":{"y":1,"x":[2,3]}})", {.sort_keys = true, .compact = true}),
            R"({"a":{"x":[2,3],"y":1},"b":1})");
  // By code point, so U+FFFF before the astral letter, whose UTF-16 form would sort first.
  EXPECT_EQ(Again("{\"\U0001D538\":3,\"\uffff\":4,\"\u00e9\":1,\"z\":2}", {.sort_keys = true}),
            "{\"z\": 2, \"\u00e9\": 1, \"\uffff\": 4, \"\U0001D538\": 3}");
}

TEST(JsonValue, NamesThePlaceOfAFault) {
  const std::pair<const char*, size_t> cases[] = {
      {"", 0},          {"[1,]", 3},    {"[1 2]", 3},       {"{\"a\":1,}", 7}, {"{a:1}", 1},
      {"01", 1},        {"1.", 2},      {"-", 1},           {"1e", 2},         {"\"\n\"", 1},
      {"\"a", 2},       {"\"\\x\"", 2}, {"\"\\u12g4\"", 3}, {"[1] x", 4},      {"nul", 0},
      {"{\"a\" 1}", 5}, {"'a'", 0},     {"+1", 0}};
  for (const auto& [text, offset] : cases) {
    const auto fault = ParseJsonValue(text, nullptr);
    ASSERT_TRUE(fault.has_value()) << text;
    EXPECT_EQ(fault->offset_bytes, offset) << text << ": expected " << fault->expected;
  }
}

TEST(JsonValue, LoneSurrogatesAreReadButAreNoUtf8) {
  for (const char* text : {R"("\ud800")", R"("\udc00x")", R"("\ud800\ud800")", R"("\ud800\n")"}) {
    JsonValue value;
    ASSERT_FALSE(ParseJsonValue(text, &value).has_value()) << text;
    EXPECT_FALSE(IsValidUtf8(value.text)) << text;
  }
}

TEST(JsonValue, BoundsAreKept) {
  const auto nested = [](int depth) {
    return std::string(size_t(depth), '[') + std::string(size_t(depth), ']');
  };
  JsonValue value;
  EXPECT_FALSE(ParseJsonValue(nested(kJsonValueDepthMax), &value).has_value());
  EXPECT_TRUE(ParseJsonValue(nested(kJsonValueDepthMax + 2), &value).has_value());
  EXPECT_TRUE(ParseJsonValue(std::string(100'000, '['), &value).has_value());
  EXPECT_FALSE(ParseJsonValue(std::string(kJsonValueIntDigitsMax, '7'), nullptr).has_value());
  EXPECT_TRUE(ParseJsonValue(std::string(kJsonValueIntDigitsMax + 1, '7'), nullptr).has_value());
  EXPECT_FALSE(ParseJsonValue(std::string(5000, '7') + ".5", nullptr).has_value());
}

TEST(JsonValue, FindsMembers) {
  JsonValue value;
  ASSERT_FALSE(ParseJsonValue(R"({"a": [1], "b": "x"})", &value).has_value());
  ASSERT_NE(value.Find("b"), nullptr);
  EXPECT_EQ(value.Find("b")->text, "x");
  EXPECT_EQ(value.Find("c"), nullptr);
  EXPECT_EQ(value.Find("a")->Find("a"), nullptr);
  EXPECT_EQ(*value.FindString("b"), "x");
  EXPECT_EQ(value.FindString("a"), nullptr);
  EXPECT_EQ(value.FindList("a")->items.size(), 1U);
  EXPECT_EQ(value.FindList("b"), nullptr);
}

}  // namespace
}  // namespace hubmill

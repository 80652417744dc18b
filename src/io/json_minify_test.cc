#include "io/json_minify.h"

#include <gmock/gmock.h>

#include "io/json_scan.h"

namespace hubmill {
namespace {

using ::testing::HasSubstr;

std::string Minified(std::string_view text) {
  Result<std::string> out = MinifyJson(text);
  return out.ok() ? *out : "error: " + out.status().message();
}

TEST(MinifyJson, WritesWhatPythonWrites) {
  EXPECT_EQ(Minified(R"({"k":"é → 😀","f":3e-06})"),
            R"({"k":"\u00e9 \u2192 \ud83d\ude00","f":3e-06})");
  EXPECT_EQ(
      Minified("{\n  \"mode\": \"full\",\r\n\t\"by_split\": {\"train\" : 1, \"dev\":[ ]}\n}\n"),
      R"({"mode":"full","by_split":{"train":1,"dev":[]}})");
  EXPECT_EQ(Minified("[0.93, 1.0, 1e16, 1E+2, -0.0, 0.00001, 123456789.5]"),
            "[0.93,1.0,1e+16,100.0,-0.0,1e-05,123456789.5]");
  EXPECT_EQ(Minified("[12345678901234567890123, -9223372036854775809, -0, 0]"),
            "[12345678901234567890123,-9223372036854775809,0,0]");
  EXPECT_EQ(Minified(R"(["\/\u00e9\u0041\n\u007f", true, false, null])"),
            R"(["/\u00e9A\n\u007f",true,false,null])");
  EXPECT_EQ(Minified("\xEF\xBB\xBF 1e-400 "), "0.0");
}

TEST(MinifyJson, IsItsOwnFixedPoint) {
  const std::string once = Minified(R"({"a": [1.50, {"b": "ü"}], "": {}})");
  EXPECT_EQ(Minified(once), once);
}

TEST(MinifyJson, SaysWhereAndWhy) {
  EXPECT_EQ(Minified(""), "error: line=1 column=1: the text is empty");
  EXPECT_EQ(Minified("{\n \"a\": 1,\n \"a\": 2}"),
            "error: line=3 column=2: a key stands twice in one object");
  EXPECT_EQ(Minified("{\"a\": 1} {"), "error: line=1 column=10: text behind the value");
  EXPECT_EQ(Minified("[1"), "error: line=1 column=3: the text ends too early");
  EXPECT_EQ(Minified("{"), "error: line=1 column=2: the text ends too early");
  EXPECT_EQ(Minified("[1,]"), "error: line=1 column=4: not a JSON value");
  EXPECT_EQ(Minified("[1 2]"), "error: line=1 column=4: a comma or ] is missing");
  EXPECT_EQ(Minified("{\"a\" 1}"), "error: line=1 column=6: a colon is missing");
  EXPECT_EQ(Minified("{\"a\": 1,}"), "error: line=1 column=9: a key in quotes is missing");
  EXPECT_THAT(Minified("[NaN]"), HasSubstr("NaN or infinity"));
  EXPECT_THAT(Minified("[-Infinity]"), HasSubstr("NaN or infinity"));
  EXPECT_THAT(Minified("[1e999]"), HasSubstr("too large"));
  EXPECT_THAT(Minified(R"(["\ud800"])"), HasSubstr("wrong escape"));
  EXPECT_THAT(Minified("[\"a\nb\"]"), HasSubstr("control character"));
  EXPECT_THAT(Minified("[\"\xFF\"]"), HasSubstr("not UTF-8"));
  EXPECT_THAT(Minified("[01]"), HasSubstr("not a JSON value"));
  EXPECT_THAT(Minified("nul"), HasSubstr("not a JSON value"));
  EXPECT_THAT(Minified(std::string_view("1\0", 2)), HasSubstr("text behind the value"));
}

TEST(MinifyJson, HasABoundOnDepth) {
  const auto nested = [](int depth) {
    return std::string(size_t(depth), '[') + std::string(size_t(depth), ']');
  };
  EXPECT_EQ(Minified(nested(kJsonDepthMax)), nested(kJsonDepthMax));
  EXPECT_THAT(Minified(nested(kJsonDepthMax + 1)), HasSubstr("nested too deeply"));
}

TEST(WithoutMember, OfAnObjectAlone) {
  EXPECT_EQ(WithoutMember(R"({"a":{"k":1},"k":[{"x":"}"}],"b":2})", "k"), R"({"a":{"k":1},"b":2})");
  EXPECT_EQ(WithoutMember(R"({"k":1})", "k"), "{}");
  EXPECT_EQ(WithoutMember(R"({"a":1,"k":1})", "k"), R"({"a":1})");
  EXPECT_EQ(WithoutMember(R"({"a":1})", "k"), R"({"a":1})");
  EXPECT_EQ(WithoutMember("{}", "k"), "{}");
  EXPECT_EQ(WithoutMember(R"(["k"])", "k"), R"(["k"])");
}

TEST(FindInJson, FollowsPointers) {
  const std::string json = R"({"a":{"b/c":[10,{"~":"x"}],"":7},"":{"a":1}})";
  EXPECT_EQ(FindInJson(json, ""), json);
  EXPECT_EQ(FindInJson(json, "/a/b~1c/0"), "10");
  EXPECT_EQ(FindInJson(json, "/a/b~1c/1/~0"), "\"x\"");
  EXPECT_EQ(FindInJson(json, "/a/"), "7");
  EXPECT_EQ(FindInJson(json, "/"), R"({"a":1})");
  for (const char* pointer :
       {"/b", "/a/b~1c/2", "/a/b~1c/-", "/a/b~1c/00", "/a/b~1c/0/0", "/a/b"}) {
    EXPECT_EQ(FindInJson(json, pointer), std::nullopt) << pointer;
  }
  EXPECT_EQ(FindInJson("[]", "/0"), std::nullopt);
}

TEST(IsJsonPointer, KnowsTheGrammar) {
  for (const char* good : {"", "/", "/a/b", "/~0~1", "//"})
    EXPECT_TRUE(IsJsonPointer(good)) << good;
  for (const char* bad : {"a", "#/a", "/~", "/~2", "/a~"}) EXPECT_FALSE(IsJsonPointer(bad)) << bad;
}

}  // namespace
}  // namespace hubmill

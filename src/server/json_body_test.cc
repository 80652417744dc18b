#include "server/json_body.h"

#include <gtest/gtest.h>

namespace hubmill::server {
namespace {

TEST(JsonBodyTest, OnlyOneStrictObjectIsRead) {
  EXPECT_TRUE(ParseStrictObject(" {\"a\": {\"b\": 1}, \"c\": [{\"b\": 2}]} ").ok());
  for (const char* bad :
       {"", "null", "[]", "\"a\"", "1", "{", "{}{}", "{\"a\":1,}", "{a:1}", "{\"a\":NaN}",
        "{\"a\":1,\"a\":1}", "{\"x\":{\"a\":1,\"a\":2}}", "{\"a\":\"\xff\"}", "{\"a\":1e999}",
        "{\"a\":[[[[[[[[[1]]]]]]]]]}", "// c\n{}"}) {
    EXPECT_FALSE(ParseStrictObject(bad).ok()) << bad;
  }
  EXPECT_FALSE(ParseStrictObject(std::string(60'000, '[')).ok());
}

TEST(JsonBodyTest, FieldsHaveTheirTypes) {
  const auto read = [](const char* json) {
    FieldReader fields(*ParseStrictObject(json));
    fields.Text("text", "");
    fields.Integer("number", 0, 0, 10);
    fields.Bool("flag", false);
    fields.Texts("map");
    return fields.Finish();
  };
  EXPECT_TRUE(read("{}").ok());
  EXPECT_TRUE(read(R"({"number":5.0})").ok());
  EXPECT_TRUE(read(R"({"text":"x","number":10,"flag":true,"map":{"a":"b"}})").ok());
  for (const char* bad :
       {R"({"text":1})", R"({"text":null})", R"({"text":"\u0000"})", R"({"number":"1"})",
        R"({"number":1.5})", R"({"number":-1})", R"({"number":11})", R"({"number":1e30})",
        R"({"number":18446744073709551615})", R"({"flag":"true"})", R"({"flag":1})",
        R"({"map":[]})", R"({"map":{"a":1}})", R"({"map":{"a":{}}})", R"({"other":1})"}) {
    EXPECT_FALSE(read(bad).ok()) << bad;
  }
  EXPECT_NE(read(R"({"other":1})").message().find("field=other"), std::string::npos);
}

}  // namespace
}  // namespace hubmill::server

#include "io/json_replace.h"

#include <gtest/gtest.h>

namespace hubmill {
namespace {

TEST(JsonReplace, OnlyTheStringChanges) {
  EXPECT_EQ(*WithJsonText(R"( {"a": {"text": "x"}, "b":1e2 ,"te\u0078t" : "o\n\u00e9" , "c":[ ]} )",
                          "text", "n\"é\n"),
            R"( {"a": {"text": "x"}, "b":1e2 ,"te\u0078t" : "n\"é\n" , "c":[ ]} )");
  EXPECT_EQ(*WithJsonText(R"({"text":""})", "text", ""), R"({"text":""})");
  EXPECT_EQ(*WithJsonText(R"({"":"a"})", "", "b"), R"({"":"b"})");
}

TEST(JsonReplace, WhatHoldsNoSuchTextIsRefused) {
  for (const char* line : {"", "[]", "{", "{}", "{\"text\"", "{\"text\":", "{\"text\": 5}",
                           "{\"a\": \"text\"}", "{\"text\": \"open", "{\"a\": tru, \"text\": \"\"}",
                           "{\"a\": 1; \"text\": \"\"}", "{\"a\\q\": 1, \"text\": \"\"}"}) {
    EXPECT_FALSE(WithJsonText(line, "text", "new").ok()) << line;
  }
}

}  // namespace
}  // namespace hubmill

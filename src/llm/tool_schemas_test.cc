#include "llm/tool_schemas.h"

#include <gtest/gtest.h>

namespace hubmill {
namespace {

std::string Read(ToolSchemas& schemas, std::string_view field) {
  JsonReader reader;
  const JsonNode* tools = schemas.Read(reader.Parse(field));
  if (tools == nullptr) return "none";
  std::string text;
  AppendJson(*tools, {.compact = true}, &text);
  return text;
}

TEST(ToolSchemas, TextsAreReadWhereverTheyStand) {
  ToolSchemas schemas;
  const std::string plain = R"([{"function":{"name":"f","parameters":{"type":"object"}}}])";
  for (
      const char* field :
      {R"([{"function":{"name":"f","parameters":{"type":"object"}}}])",
       R"("[{\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}}]")",
       R"(["{\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}}"])",
       R"([{"function":{"name":"f","parameters":"{\"type\":\"object\"}"}}])",
       R"(["{\"function\":{\"name\":\"f\",\"parameters\":\"{\\\"type\\\":\\\"object\\\"}\"}}"])"}) {
    EXPECT_EQ(Read(schemas, field), plain);
    EXPECT_FALSE(schemas.broken()) << field;
  }
  EXPECT_EQ(Read(schemas, R"({"f":{"parameters":"{\"a\":1}"}})"),
            R"({"f":{"parameters":{"a":1}}})");
}

TEST(ToolSchemas, NoneIsNotBroken) {
  ToolSchemas schemas;
  EXPECT_EQ(schemas.Read(nullptr), nullptr);
  for (const char* field : {"null", R"("")", R"(" \n")", R"("null")"}) {
    EXPECT_EQ(Read(schemas, field), "none");
    EXPECT_FALSE(schemas.broken()) << field;
  }
  EXPECT_EQ(Read(schemas, "[]"), "[]");
  EXPECT_FALSE(schemas.broken());
}

TEST(ToolSchemas, WhatCannotBeReadIsBroken) {
  ToolSchemas schemas;
  for (const char* field : {"7", R"("{")", R"("7")", "[7]", "[null]", R"(["{"])", R"(["7"])",
                            R"([{"parameters":"{"}])", R"([{"parameters":[]}])"}) {
    Read(schemas, field);
    EXPECT_TRUE(schemas.broken()) << field;
  }
}

TEST(ToolSchemas, ALoneSurrogateIsTold) {
  ToolSchemas schemas;
  Read(schemas, R"(["{\"description\":\"\\ud800\"}"])");
  EXPECT_TRUE(schemas.surrogates());
  Read(schemas, R"([{"description":"x"}])");
  EXPECT_FALSE(schemas.surrogates());
}

}  // namespace
}  // namespace hubmill

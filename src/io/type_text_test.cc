#include "io/type_text.h"

#include <arrow/type.h>
#include <gmock/gmock.h>

namespace hubmill {
namespace {

TEST(TypeText, PrintsWhatItParsed) {
  for (const char* text : {"string", "list<int64>", "struct<a: string, \"b c\": list<date>>",
                           "list<struct<x: json, y: timestamp>>", "float32", "bool"}) {
    auto type = ParseTypeText(text);
    ASSERT_TRUE(type.ok()) << type.status();
    EXPECT_EQ(PrintType(*type), text);
  }
}

TEST(TypeText, RefusesEverythingElse) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "list<";
  for (const std::string& text :
       {std::string(), std::string("strin"), std::string("list"), std::string("list<string"),
        std::string("struct<>"), std::string("struct<a string>"), std::string("string x"),
        std::string("struct<a: string, a: string>"), deep, deep.substr(0, 1000)}) {
    auto type = ParseTypeText(text);
    ASSERT_FALSE(type.ok()) << text.substr(0, 50);
    EXPECT_EQ(KindOf(type.status()), FailureKind::kWrongUsage);
  }
}

TEST(TypeText, ArrowTypesHaveTheSameNames) {
  EXPECT_EQ(PrintType(*arrow::list(arrow::timestamp(arrow::TimeUnit::MICRO))), "list<timestamp>");
  EXPECT_EQ(PrintType(*arrow::large_utf8()), "large_string");
}

}  // namespace
}  // namespace hubmill

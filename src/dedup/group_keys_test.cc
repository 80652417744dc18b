#include "dedup/group_keys.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <string>

namespace hubmill {
namespace {

template <typename Builder, typename Value>
std::vector<Hash128> KeysOf(const std::vector<Value>& values, bool is_json) {
  Builder builder;
  for (const Value& value : values) EXPECT_TRUE(builder.Append(value).ok());
  const auto column = *builder.Finish();
  const auto rows = arrow::RecordBatch::Make(arrow::schema({arrow::field("group", column->type())}),
                                             column->length(), {column});
  return GroupKeys(*rows, 0, is_json);
}

std::vector<Hash128> JsonKeys(const std::vector<std::string>& values) {
  return KeysOf<arrow::StringBuilder>(values, /*is_json=*/true);
}

void ExpectOne(const std::vector<std::string>& spellings) {
  const auto keys = JsonKeys(spellings);
  for (size_t i = 1; i < keys.size(); ++i) EXPECT_EQ(keys[i], keys[0]) << spellings[i];
}

TEST(GroupKeys, NumbersAreComparedByValue) {
  ExpectOne({"10000000000000000", "1e16", "1E+16", "10000000000000000.0", "1.0e16"});
  ExpectOne({"1e20", "100000000000000000000", "100000000000000000000.0"});
  ExpectOne({"0", "-0", "-0.0", "0.0", "0e5"});
  ExpectOne({"-3", "-3.0", "-30e-1"});
  ExpectOne({"0.5", "5e-1", "0.50"});
  ExpectOne({"18446744073709551615"});
  const auto keys = JsonKeys({"9007199254740993", "9007199254740992", "18446744073709551615",
                              "1.8446744073709552e19", "\"1\"", "1", "true", "[1]"});
  for (size_t i = 0; i < keys.size(); ++i) {
    for (size_t j = 0; j < i; ++j) EXPECT_NE(keys[i], keys[j]) << i << " " << j;
  }
}

TEST(GroupKeys, ColumnsOfNumbersAreAsTheirJson) {
  const auto doubles = KeysOf<arrow::DoubleBuilder, double>({1e16, -0.0, 1e20, 2, 0.1}, false);
  EXPECT_EQ(doubles, JsonKeys({"10000000000000000", "0", "1e20", "2", "0.1"}));
  const auto whole = KeysOf<arrow::Int64Builder, int64_t>({INT64_MIN, 9007199254740993, 0}, false);
  EXPECT_EQ(whole, JsonKeys({"-9223372036854775808", "9007199254740993", "-0.0"}));
  const auto wide = KeysOf<arrow::UInt64Builder, uint64_t>({UINT64_MAX}, false);
  EXPECT_EQ(wide, JsonKeys({"18446744073709551615"}));
}

TEST(GroupKeys, ObjectsAreComparedByTheirMembers) {
  ExpectOne({R"({"b": 2})", R"({"b":2.0})", R"({"\u0062":2e0})", R"({"b":2,"a":null})"});
  ExpectOne({R"({"a":{"x":1,"y":[1,{"p":"}","q":"\""}]},"b":1})",
             R"({"b":1.0,"a":{"y":[1,{"q":"\"","p":"}"}],"x":1}})"});
  ExpectOne({R"({})", R"({"a":null})"});
  EXPECT_NE(JsonKeys({R"({"b":2})"}), JsonKeys({R"({"b":"2"})"}));
  EXPECT_NE(JsonKeys({"[1,2]"}), JsonKeys({"[2,1]"}));
  EXPECT_NE(JsonKeys({"[null]"}), JsonKeys({"[]"}));
  const std::string deep = std::string(900, '[') + std::string(900, ']');
  EXPECT_EQ(JsonKeys({deep}), JsonKeys({" " + deep}));
}

}  // namespace
}  // namespace hubmill

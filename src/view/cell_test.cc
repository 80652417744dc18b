#include "view/cell.h"

#include <arrow/api.h>
#include <arrow/json/from_string.h>
#include <arrow/util/key_value_metadata.h>
#include <gmock/gmock.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "view/time_text.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

std::shared_ptr<arrow::Array> From(const std::shared_ptr<arrow::DataType>& type,
                                   const std::string& json) {
  return *arrow::json::ArrayFromJSONString(type, json);
}

std::string Cell(const arrow::Array& array, int64_t row = 0) {
  std::string out;
  AppendCell(array, row, &out);
  EXPECT_TRUE(IsValidUtf8(out));
  EXPECT_FALSE(Json::parse(out, nullptr, false).is_discarded()) << out.substr(0, 300);
  return out;
}

std::string Cell(const std::shared_ptr<arrow::DataType>& type, const std::string& json) {
  return Cell(*From(type, json));
}

std::shared_ptr<arrow::Array> Text(const std::string& text) {
  arrow::StringBuilder builder;
  EXPECT_TRUE(builder.Append(text).ok());
  return *builder.Finish();
}

TEST(Cell, PlainValues) {
  EXPECT_EQ(Cell(arrow::int64(), "[5]"), "5");
  EXPECT_EQ(Cell(arrow::int64(), "[null]"), "null");
  EXPECT_EQ(Cell(arrow::int64(), "[9007199254740992]"), "9007199254740992");
  EXPECT_EQ(Cell(arrow::int64(), "[9007199254740993]"), R"({"$number":"9007199254740993"})");
  EXPECT_EQ(Cell(arrow::int64(), "[-9223372036854775808]"),
            R"({"$number":"-9223372036854775808"})");
  EXPECT_EQ(Cell(arrow::uint64(), "[18446744073709551615]"),
            R"({"$number":"18446744073709551615"})");
  EXPECT_EQ(Cell(arrow::float64(), "[0.5]"), "0.5");
  EXPECT_EQ(Cell(arrow::float32(), "[0.1]"), "0.1");
  EXPECT_EQ(Cell(arrow::float64(), "[NaN]"), R"({"$number":"NaN"})");
  EXPECT_EQ(Cell(arrow::float64(), "[-Inf]"), R"({"$number":"-Infinity"})");
  EXPECT_EQ(Cell(arrow::boolean(), "[true]"), "true");
  EXPECT_EQ(Cell(arrow::null(), "[null]"), "null");
  EXPECT_EQ(Cell(arrow::decimal128(20, 2), R"(["123.45"])"), R"({"$number":"123.45"})");
  EXPECT_EQ(Cell(arrow::utf8(), R"(["a\"b\n\u0001"])"), R"("a\"b\n\u0001")");
  EXPECT_EQ(Cell(arrow::utf8_view(), R"(["longer than twelve bytes"])"),
            R"("longer than twelve bytes")");
  EXPECT_EQ(Cell(arrow::dictionary(arrow::int8(), arrow::utf8()), R"(["x"])"), R"("x")");
}

TEST(Cell, Times) {
  EXPECT_EQ(Cell(arrow::date32(), "[20779]"), R"("2026-11-22")");
  EXPECT_EQ(Cell(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), "[1795341600000001]"),
            R"("2026-11-22T10:00:00.000001Z")");
  EXPECT_EQ(Cell(arrow::timestamp(arrow::TimeUnit::SECOND), "[-1]"), R"("1969-12-31T23:59:59")");
  EXPECT_EQ(Cell(arrow::time64(arrow::TimeUnit::NANO), "[3600250000000]"), R"("01:00:00.25")");
  EXPECT_EQ(Cell(arrow::duration(arrow::TimeUnit::MILLI), "[-1500]"), R"("-1.5s")");
  for (const int64_t edge :
       {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    for (const auto unit : {arrow::TimeUnit::SECOND, arrow::TimeUnit::NANO}) {
      EXPECT_FALSE(TimestampText(edge, unit, true, false).empty());
      EXPECT_FALSE(DurationText(edge, unit).empty());
    }
  }
  EXPECT_EQ(DateText(-719'529), "-0001-12-31");
  EXPECT_EQ(DateText(0), "1970-01-01");
  EXPECT_EQ(DateText(11'016), "2000-02-29");
}

TEST(Cell, LongTextIsCutAtACharacter) {
  EXPECT_EQ(Cell(*Text(std::string(2'000, 'a'))).size(), 2'002U);
  std::string text;
  for (int i = 0; i < 2'001; ++i) text += "é";
  const Json cell = Json::parse(Cell(*Text(text)));
  EXPECT_EQ(cell["bytes"], 4'002);
  EXPECT_EQ(cell["$cut"].get<std::string>().size(), 4'000U);
  const std::string large = Cell(*Text(std::string(10 << 20, 'b')));
  EXPECT_LT(large.size(), 2'100U);
  EXPECT_EQ(Json::parse(large)["bytes"], 10 << 20);
}

TEST(Cell, WrongUtf8IsSaid) {
  EXPECT_EQ(Cell(*Text("a\xFF"
                       "b")),
            "{\"$invalid\":\"a\xEF\xBF\xBD"
            "b\",\"bytes\":3}");
  const WholeCell whole = WholeCellOf(*Text("a\xFF"), 0);
  EXPECT_TRUE(whole.is_text);
  EXPECT_EQ(whole.body, "a\xEF\xBF\xBD");
}

TEST(Cell, BinaryIsHex) {
  arrow::BinaryBuilder builder;
  ASSERT_TRUE(builder.Append(std::string("\x00\xFF", 2) + std::string(100, 'a')).ok());
  const Json cell = Json::parse(Cell(**builder.Finish()));
  EXPECT_EQ(cell["bytes"], 102);
  EXPECT_EQ(cell["$binary"].get<std::string>().size(), 128U);
  EXPECT_EQ(cell["$binary"].get<std::string>().substr(0, 6), "00ff61");
}

TEST(Cell, NestedValues) {
  const auto type =
      arrow::struct_({arrow::field("a", arrow::list(arrow::int32())),
                      arrow::field("b", arrow::map(arrow::utf8(), arrow::float64())),
                      arrow::field("c", arrow::fixed_size_list(arrow::boolean(), 2))});
  EXPECT_EQ(Cell(type, R"([{"a": [1, null], "b": [["k", 1.5]], "c": [true, false]}])"),
            R"({"a":[1,null],"b":[{"key":"k","value":1.5}],"c":[true,false]})");
  EXPECT_EQ(Cell(type, "[null]"), "null");
  const auto array = From(arrow::list(arrow::int32()), "[[1], [2, 3], []]");
  EXPECT_EQ(Cell(*array->Slice(1, 2), 0), "[2,3]");
  EXPECT_EQ(Cell(*array->Slice(1, 2), 1), "[]");
}

TEST(Cell, DeepAndLargeValuesAreBounded) {
  std::string json = "[[";
  for (int i = 0; i < 5'000; ++i) json += (i > 0 ? "," : "") + std::to_string(i);
  const std::string cell = Cell(arrow::list(arrow::int32()), json + "]]");
  EXPECT_LT(cell.size(), 4'100U);
  EXPECT_EQ(Json::parse(cell)["bytes"], 20'000);
  EXPECT_EQ(Json::parse(cell)["$deep"].get<std::string>().substr(0, 6), "[0,1,2");
  std::shared_ptr<arrow::DataType> type = arrow::int32();
  std::string value = "1";
  for (int i = 0; i < 5; ++i) {
    type = i % 2 == 0 ? arrow::list(type) : arrow::struct_({arrow::field("x", type)});
    value = i % 2 == 0 ? "[" + value + "]" : "{\"x\": " + value + "}";
  }
  EXPECT_EQ(Cell(type, "[" + value + "]"), R"([{"x":[{"x":[1]}]}])");
  for (int i = 0; i < 100; ++i) type = arrow::list(type);
  EXPECT_LT(Cell(**arrow::MakeArrayOfNull(type, 1)).size(), 10U);
}

TEST(Cell, AnObjectThatLooksLikeAFormIsWrapped) {
  const auto type =
      arrow::struct_({arrow::field("a", arrow::int32()), arrow::field("$cut", arrow::utf8())});
  const std::string wrapped = R"({"$deep":"{\"a\":null,\"$cut\":\"xé\"}","bytes":23})";
  EXPECT_EQ(Cell(type, R"([{"$cut": "xé"}])"), wrapped);
  EXPECT_EQ(Cell(type, "[null]"), "null");
  EXPECT_EQ(Cell(arrow::list(type), R"([[{"$cut": "xé"}, null]])"), "[" + wrapped + ",null]");
  EXPECT_EQ(Cell(arrow::struct_({arrow::field("b", type)}), R"([{"b": {"$cut": "xé"}}])"),
            "{\"b\":" + wrapped + "}");
  const Json large = Json::parse(Cell(type, "[{\"$cut\": \"" + std::string(10'000, 'x') + "\"}]"));
  EXPECT_EQ(large["bytes"], 10'020);
  EXPECT_EQ(large["$deep"].get<std::string>().size(), kCellNestedChars);
  std::string whole;
  EXPECT_TRUE(AppendWholeJson(*From(type, R"([{"$cut": "x"}])"), 0, 1'000, &whole));
  EXPECT_EQ(whole, R"({"a":null,"$cut":"x"})");
}

TEST(Cell, WholeValues) {
  const auto list = From(arrow::list(arrow::int64()), "[[9007199254740993, null]]");
  std::string out;
  EXPECT_TRUE(AppendWholeJson(*list, 0, 1'000, &out));
  EXPECT_EQ(out, "[9007199254740993,null]");
  EXPECT_TRUE(WholeCellOf(*list, 0, 5).cut);
  const WholeCell text = WholeCellOf(*Text("héllo"), 0, 2);
  EXPECT_TRUE(text.cut);
  EXPECT_EQ(text.body, "h");
  EXPECT_TRUE(WholeCellOf(*From(arrow::int64(), "[null]"), 0).is_null);
}

TEST(Cell, ShapesAndFeatures) {
  const auto messages = arrow::list(arrow::struct_(
      {arrow::field("role", arrow::utf8()), arrow::field("content", arrow::utf8())}));
  const auto schema = arrow::schema(
      {arrow::field("label", arrow::int64()), arrow::field("turns", messages),
       arrow::field("text", arrow::utf8()), arrow::field("when", arrow::date32()),
       arrow::field("raw", arrow::binary()),
       arrow::field("map", arrow::map(arrow::utf8(), arrow::utf8()))},
      arrow::KeyValueMetadata::Make(
          {"huggingface"},
          {R"({"info": {"features": {"label": {"names": ["no", "yes"], "_type": "ClassLabel"}}}})"}));
  const auto batch = arrow::RecordBatch::Make(
      schema, 1,
      {From(arrow::int64(), "[1]"), From(messages, "[[]]"),
       Text("<|start|>user<|message|>hi<|end|>"), From(arrow::date32(), "[1]"),
       From(arrow::binary(), R"(["x"])"), From(schema->field(5)->type(), "[[]]")});
  const auto columns = DescribeColumns(*schema, batch.get());
  ASSERT_EQ(columns.size(), 6U);
  EXPECT_EQ(columns[0].shape, CellShape::kClass);
  EXPECT_EQ(columns[0].class_names, (std::vector<std::string>{"no", "yes"}));
  EXPECT_EQ(columns[1].shape, CellShape::kMessages);
  EXPECT_EQ(columns[2].shape, CellShape::kHarmony);
  EXPECT_EQ(columns[3].shape, CellShape::kTime);
  EXPECT_EQ(columns[4].shape, CellShape::kBinary);
  EXPECT_EQ(columns[5].shape, CellShape::kNested);
  EXPECT_EQ(columns[5].feature, "null");
  std::string json;
  AppendColumnJson(columns[3], &json);
  EXPECT_EQ(json,
            R"({"name":"when","type":"date32[day]","feature":{"dtype":"date32","_type":"Value"},)"
            R"("shape":"time"})");
  EXPECT_EQ(DescribeColumns(*schema, nullptr)[2].shape, CellShape::kText);
}

}  // namespace
}  // namespace hubmill

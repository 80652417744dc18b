// The figures are those that pyarrow's Table.nbytes gives for the same rows in one piece.
#include "io/memory_bytes.h"

#include <arrow/array.h>
#include <arrow/compute/cast.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

namespace hubmill {
namespace {

using Part = std::shared_ptr<arrow::RecordBatch>;

Part Column(const std::shared_ptr<arrow::DataType>& type, const char* json) {
  auto array = arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("x", type)}), array->length(),
                                  {array});
}

int64_t Bytes(const std::vector<Part>& parts) { return MemoryBytes(parts).ValueOrDie(); }

TEST(MemoryBytes, CountsBuffers) {
  EXPECT_EQ(Bytes({}), 0);
  EXPECT_EQ(Bytes({Column(arrow::int64(), "[1, 2, 3]")}), 24);
  EXPECT_EQ(Bytes({Column(arrow::int64(), "[1, null, 3]")}), 25);
  EXPECT_EQ(Bytes({Column(arrow::boolean(), "[true, false]")}), 1);
  EXPECT_EQ(Bytes({Column(arrow::null(), "[null, null]")}), 0);
  EXPECT_EQ(Bytes({Column(arrow::utf8(), R"(["ab", "", "cde"])")}), 3 * 4 + 5);
  EXPECT_EQ(Bytes({Column(arrow::large_utf8(), R"(["ab", null])")}), 2 * 8 + 2 + 1);
  EXPECT_EQ(Bytes({Column(arrow::list(arrow::int32()), "[[1, 2], [], [3]]")}), 3 * 4 + 3 * 4);
  EXPECT_EQ(Bytes({Column(arrow::fixed_size_list(arrow::float32(), 2), "[[1, 2], [3, 4]]")}), 16);
  const auto fields =
      arrow::struct_({arrow::field("a", arrow::int64()), arrow::field("b", arrow::utf8())});
  EXPECT_EQ(Bytes({Column(fields, R"([{"a": 1, "b": "xy"}, {"a": 2, "b": ""}])")}), 16 + 8 + 2);
}

TEST(MemoryBytes, ADictionaryCountsAsItsValues) {
  const Part dense = Column(arrow::utf8(), R"(["red", "blue", "red"])");
  const auto type = arrow::dictionary(arrow::int8(), arrow::utf8());
  const auto coded = arrow::compute::Cast(*dense->column(0), type).ValueOrDie();
  EXPECT_EQ(Bytes({arrow::RecordBatch::Make(arrow::schema({arrow::field("x", type)}), 3, {coded})}),
            Bytes({dense}));
}

TEST(MemoryBytes, PartsAndSlicesChangeNothing) {
  const auto type = arrow::list(arrow::utf8());
  const Part whole = Column(type, R"([["a"], null, ["bc", null, "d"], [], ["efg"], ["h"]])");
  const int64_t bytes = Bytes({whole});
  for (int64_t cut = 0; cut <= whole->num_rows(); ++cut) {
    EXPECT_EQ(Bytes({whole->Slice(0, cut), whole->Slice(cut)}), bytes) << cut;
  }
}

}  // namespace
}  // namespace hubmill

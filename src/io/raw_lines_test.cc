#include "io/raw_lines.h"

#include <arrow/array/array_binary.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <string>

namespace hubmill {
namespace {

Decoded Decode(const std::string& text, int64_t rows_max = INT64_MAX,
               JsonDecodeOptions options = {}) {
  return DecodeRawLines({text, nullptr}, arrow::schema({arrow::field("line", arrow::utf8())}), options,
                        rows_max)
      .ValueOrDie();
}

std::string LineAt(const Batch& batch, int64_t row) {
  return static_cast<const arrow::StringArray&>(*batch.rows->column(0)).GetString(row);
}

TEST(RawLines, BlankLinesCountAndAreNoRows) {
  const Decoded out = Decode("\n {\"a\":1}\r\n \t\n[2]");
  ASSERT_EQ(out.batches.size(), 1U);
  ASSERT_EQ(out.batches[0].rows->num_rows(), 2);
  EXPECT_EQ(LineAt(out.batches[0], 0), " {\"a\":1}");
  EXPECT_EQ(LineAt(out.batches[0], 1), "[2]");
  EXPECT_EQ(out.batches[0].origins.At(1).row, 4);
  EXPECT_EQ(out.row_numbers, 4);
}

TEST(RawLines, BadUtf8IsABadRow) {
  const Decoded out = Decode("a\n\xff\nb\n");
  ASSERT_EQ(out.bad_rows.size(), 1U);
  EXPECT_EQ(out.bad_rows[0].row, 2);
  EXPECT_EQ(out.bad_rows[0].reason, "invalid_utf8");
  EXPECT_EQ(out.batches[0].rows->num_rows(), 2);
}

TEST(RawLines, StopsAtTheRowsAskedForAndBatchesTheOthers) {
  const Decoded out = Decode("a\n\nb\nc\nd\n", 3, {.batch_rows_max = 2});
  ASSERT_EQ(out.batches.size(), 2U);
  EXPECT_EQ(LineAt(out.batches[1], 0), "c");
  EXPECT_EQ(out.batches[1].rows->num_rows(), 1);
  EXPECT_EQ(out.row_numbers, 5);
  EXPECT_EQ(CountRawLines("a\n\nb\nc\nd\n"), 4);
}

TEST(RawLines, ALongLineIsABadRow) {
  const Decoded out = Decode("aaaa\nb\n", INT64_MAX, {.line_bytes_max = 3});
  ASSERT_EQ(out.bad_rows.size(), 1U);
  EXPECT_EQ(out.bad_rows[0].reason, "line_too_long");
}

}  // namespace
}  // namespace hubmill

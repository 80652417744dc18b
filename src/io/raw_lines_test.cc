#include "io/raw_lines.h"

#include <arrow/array/array_binary.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <string>

namespace hubmill {
namespace {

/// With lines that are copies, and with views into the text.
class RawLines : public testing::TestWithParam<bool> {
 protected:
  static RawText TextOf(const std::string& text) {
    if (!GetParam()) return {text, nullptr};
    auto memory = arrow::Buffer::FromString(text);
    return {std::string_view(*memory), memory};
  }

  static Decoded Decode(const std::string& text, int64_t rows_max = INT64_MAX,
                        JsonDecodeOptions options = {}) {
    return DecodeRawLines(TextOf(text),
                          arrow::schema({arrow::field("line", RawLineType(GetParam()))}), options,
                          rows_max)
        .ValueOrDie();
  }

  static std::string LineAt(const Batch& batch, int64_t row) {
    const arrow::Array& lines = *batch.rows->column(batch.rows->num_columns() - 1);
    EXPECT_TRUE(lines.ValidateFull().ok());
    return GetParam() ? static_cast<const arrow::StringViewArray&>(lines).GetString(row)
                      : static_cast<const arrow::StringArray&>(lines).GetString(row);
  }
};

INSTANTIATE_TEST_SUITE_P(CopiesAndViews, RawLines, testing::Bool());

TEST_P(RawLines, BlankLinesCountAndAreNoRows) {
  const Decoded out = Decode("\n {\"a\":1}\r\n \t\n[2]");
  ASSERT_EQ(out.batches.size(), 1U);
  ASSERT_EQ(out.batches[0].rows->num_rows(), 2);
  EXPECT_EQ(LineAt(out.batches[0], 0), " {\"a\":1}");
  EXPECT_EQ(LineAt(out.batches[0], 1), "[2]");
  EXPECT_EQ(out.batches[0].origins.At(1).row, 4);
  EXPECT_EQ(out.row_numbers, 4);
}

TEST_P(RawLines, BadUtf8IsABadRow) {
  const Decoded out = Decode("a\n\xff\nb\n");
  ASSERT_EQ(out.bad_rows.size(), 1U);
  EXPECT_EQ(out.bad_rows[0].row, 2);
  EXPECT_EQ(out.bad_rows[0].reason, "invalid_utf8");
  EXPECT_EQ(out.batches[0].rows->num_rows(), 2);
}

TEST_P(RawLines, StopsAtTheRowsAskedForAndBatchesTheOthers) {
  const Decoded out = Decode("a\n\nb\nc\nd\n", 3, {.batch_rows_max = 2});
  ASSERT_EQ(out.batches.size(), 2U);
  EXPECT_EQ(LineAt(out.batches[1], 0), "c");
  EXPECT_EQ(out.batches[1].rows->num_rows(), 1);
  EXPECT_EQ(out.row_numbers, 5);
  EXPECT_EQ(CountRawLines("a\n\nb\nc\nd\n"), 4);
}

TEST_P(RawLines, ALongLineIsABadRow) {
  const Decoded out = Decode("aaaa\nb\n", INT64_MAX, {.line_bytes_max = 3});
  ASSERT_EQ(out.bad_rows.size(), 1U);
  EXPECT_EQ(out.bad_rows[0].reason, "line_too_long");
}

TEST_P(RawLines, AreAddedToTheRowsThatWereDecoded) {
  Decoded decoded = Decode("{\"a\": \"long enough to be viewed\"}\nbad\n{}\r\n");
  decoded.batches[0].rows = decoded.batches[0].rows->Slice(0, 2);  // As a decoder drops bad rows.
  decoded.batches[0].origins = Origins({.row = 1, .count = 1});
  decoded.batches[0].origins.Append({.row = 3, .count = 1});
  const std::string text = "{\"a\": \"long enough to be viewed\"}\nbad\n{}\r\n";
  ASSERT_TRUE(AddRawLines(TextOf(text), "raw", &decoded).ok());
  EXPECT_EQ(LineAt(decoded.batches[0], 0), "{\"a\": \"long enough to be viewed\"}");
  EXPECT_EQ(LineAt(decoded.batches[0], 1), "{}");
}

}  // namespace
}  // namespace hubmill

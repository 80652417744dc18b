#include "core/select_rows.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/validate.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <string>

namespace hubmill {
namespace {

constexpr int64_t kRows = 100;

std::string TextOf(int64_t row) {
  return row % 3 == 0 ? std::to_string(row) : std::string(200, char('a' + row % 26));
}

/// Every seventh text is null.
template <typename Builder>
std::shared_ptr<arrow::Array> Texts() {
  Builder builder;
  for (int64_t row = 0; row < kRows; ++row) {
    EXPECT_TRUE((row % 7 == 6 ? builder.AppendNull() : builder.Append(TextOf(row))).ok());
  }
  return *builder.Finish();
}

std::shared_ptr<arrow::RecordBatch> Rows() {
  return arrow::RecordBatch::Make(
      arrow::schema(
          {arrow::field("view", arrow::utf8_view()), arrow::field("text", arrow::utf8())}),
      kRows, {Texts<arrow::StringViewBuilder>(), Texts<arrow::StringBuilder>()});
}

int64_t TextBytesHeld(const arrow::RecordBatch& rows) {
  int64_t bytes = 0;
  for (const auto& column : rows.columns()) {
    for (size_t i = 2; i < column->data()->buffers.size(); ++i) {
      bytes += column->data()->buffers[i]->size();
    }
  }
  return bytes;
}

void ExpectTexts(const arrow::RecordBatch& selected, const std::vector<int64_t>& kept) {
  ASSERT_EQ(selected.num_rows(), int64_t(kept.size()));
  ASSERT_TRUE(selected.ValidateFull().ok());
  const auto& views = static_cast<const arrow::StringViewArray&>(*selected.column(0));
  const auto& texts = static_cast<const arrow::StringArray&>(*selected.column(1));
  for (size_t i = 0; i < kept.size(); ++i) {
    ASSERT_EQ(views.IsNull(int64_t(i)), kept[i] % 7 == 6);
    ASSERT_EQ(texts.IsNull(int64_t(i)), kept[i] % 7 == 6);
    if (kept[i] % 7 == 6) continue;
    EXPECT_EQ(views.GetView(int64_t(i)), TextOf(kept[i]));
    EXPECT_EQ(texts.GetView(int64_t(i)), TextOf(kept[i]));
  }
}

TEST(SelectRows, FewRowsDoNotHoldTheRest) {
  for (const std::vector<int64_t>& kept :
       {std::vector<int64_t>{4}, {4, 5, 6, 7}, {0, 13, 97}, {6, 20, 22, 99}, {0}}) {
    const auto rows = Rows();
    const auto selected = SelectRows(rows, kept);
    ASSERT_TRUE(selected.ok());
    ExpectTexts(**selected, kept);
    EXPECT_LT(TextBytesHeld(**selected) * 4, TextBytesHeld(*rows));
  }
}

TEST(SelectRows, ManyRowsAreShared) {
  std::vector<int64_t> run;
  std::vector<int64_t> gaps;
  for (int64_t row = 10; row < 90; ++row) {
    run.push_back(row);
    if (row % 5 != 0) gaps.push_back(row);
  }
  for (const auto& kept : {run, gaps}) {
    const auto rows = Rows();
    const auto selected = SelectRows(rows, kept);
    ASSERT_TRUE(selected.ok());
    ExpectTexts(**selected, kept);
    EXPECT_EQ((*selected)->column(0)->data()->buffers[2], rows->column(0)->data()->buffers[2]);
  }
  EXPECT_EQ((*SelectRows(Rows(), {}))->num_rows(), 0);
}

TEST(SelectRows, OfASlice) {
  const auto rows = Rows()->Slice(30, 40);
  for (const std::vector<int64_t>& kept : {std::vector<int64_t>{1, 2}, {0, 5, 39}}) {
    const auto selected = SelectRows(rows, kept);
    ASSERT_TRUE(selected.ok());
    std::vector<int64_t> numbers;
    for (const int64_t row : kept) numbers.push_back(row + 30);
    ExpectTexts(**selected, numbers);
  }
}

}  // namespace
}  // namespace hubmill

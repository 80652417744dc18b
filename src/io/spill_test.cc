#include "io/spill.h"

#include <arrow/api.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>
#include <random>

namespace hubmill {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<arrow::Schema> RowSchema() {
  return arrow::schema({arrow::field("n", arrow::int64()), arrow::field("text", arrow::utf8()),
                        arrow::field("tags", arrow::list(arrow::utf8()))});
}

/// Row i: n = i, text = null for multiples of 5, tags = i % 3 entries.
std::shared_ptr<arrow::RecordBatch> Rows(int64_t from, int64_t count) {
  arrow::Int64Builder n;
  arrow::StringBuilder text;
  auto tag = std::make_shared<arrow::StringBuilder>();
  arrow::ListBuilder tags(arrow::default_memory_pool(), tag);
  for (int64_t i = from; i < from + count; ++i) {
    EXPECT_TRUE(n.Append(i).ok());
    EXPECT_TRUE((i % 5 == 0 ? text.AppendNull() : text.Append(std::to_string(i))).ok());
    EXPECT_TRUE(tags.Append().ok());
    for (int64_t k = 0; k < i % 3; ++k) EXPECT_TRUE(tag->Append(std::to_string(i * k)).ok());
  }
  return arrow::RecordBatch::Make(RowSchema(), count,
                                  {*n.Finish(), *text.Finish(), *tags.Finish()});
}

TEST(SpillTest, GivesRowsAndOriginsInAnyArrangement) {
  std::string dir = (fs::temp_directory_path() / "spill-XXXXXX").string();
  ASSERT_NE(mkdtemp(dir.data()), nullptr);
  auto sink = SpillSink::Open(dir, RowSchema());
  ASSERT_TRUE(sink.ok()) << sink.status();
  constexpr int64_t kRows = 500;
  for (int64_t from = 0; from < kRows; from += 50) {
    auto blocks =
        (*sink)->Cut({Rows(from, 50),
                      Origins(RowRun{.file = int32_t(from / 250), .row = from + 1, .count = 50})});
    ASSERT_TRUE(blocks.ok());
    for (auto& block : *blocks) ASSERT_TRUE((*sink)->Append(std::move(block)).ok());
  }
  ASSERT_TRUE((*sink)->Close().ok());

  std::mt19937 random(3);
  for (int64_t batch_rows : {1, 7, 8192}) {
    Arrangement arrangement;
    arrangement.order.resize(kRows);
    std::iota(arrangement.order.begin(), arrangement.order.end(), 0);
    if (batch_rows > 1) std::shuffle(arrangement.order.begin(), arrangement.order.end(), random);
    arrangement.order.resize(321);
    for (int64_t row : arrangement.order) arrangement.splits.push_back(int32_t(row % 2));
    const std::vector<int64_t> order = arrangement.order;
    arrow::Int64Builder marks;
    for (int64_t row = 0; row < kRows; ++row) ASSERT_TRUE(marks.Append(row * 3).ok());
    arrangement.added = arrow::RecordBatch::Make(
        arrow::schema({arrow::field("mark", arrow::int64())}), kRows, {*marks.Finish()});
    auto source = SpillSource::Open(dir, std::move(arrangement), {{.name = "a"}, {.name = "b"}},
                                    {"train", "test"}, batch_rows);
    ASSERT_TRUE(source.ok()) << source.status();
    size_t at = 0;
    while (auto morsel = *(*source)->Next()) {
      auto decoded = morsel->Decode();
      ASSERT_TRUE(decoded.ok()) << decoded.status();
      ASSERT_EQ(decoded->row_numbers, 0);
      for (const Batch& batch : decoded->batches) {
        ASSERT_TRUE(batch.rows->ValidateFull().ok());
        for (int64_t i = 0; i < batch.rows->num_rows(); ++i, ++at) {
          const auto row = batch.rows->Slice(i, 1);
          const int added = row->num_columns() - 1;
          ASSERT_EQ(row->column(added)->GetScalar(0).ValueOrDie()->ToString(),
                    std::to_string(order[at] * 3));
          ASSERT_TRUE((*row->RemoveColumn(added))->Equals(*Rows(order[at], 1)));
          const RowRun origin = batch.origins.At(i);
          ASSERT_EQ(origin.row, order[at] + 1);
          ASSERT_EQ(origin.file, order[at] / 250);
          ASSERT_EQ(origin.split, order[at] % 2);
        }
      }
    }
    EXPECT_EQ(at, order.size());
  }
  fs::remove_all(dir);
}

}  // namespace
}  // namespace hubmill

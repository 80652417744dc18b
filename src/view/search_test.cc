#include "view/search.h"

#include <arrow/api.h>
#include <arrow/filesystem/localfs.h>
#include <arrow/io/file.h>
#include <arrow/json/from_string.h>
#include <gmock/gmock.h>
#include <parquet/arrow/writer.h>
#include <unistd.h>

#include <filesystem>

#include "view/text_match.h"

namespace hubmill {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SearchTest : public ::testing::Test {
 protected:
  /// 10,000 rows in row groups of 1,000; every 500th holds "Needle", in a list.
  void SetUp() override {
    path_ = std::filesystem::temp_directory_path() /
            ("hubmill_search_" + std::to_string(::getpid()) + "_" +
             ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".parquet");
    arrow::Int64Builder ids;
    arrow::StringBuilder texts;
    auto tag = std::make_shared<arrow::StringBuilder>();
    arrow::ListBuilder tags(arrow::default_memory_pool(), tag);
    for (int i = 0; i < 10'000; ++i) {
      ASSERT_TRUE(ids.Append(i).ok());
      ASSERT_TRUE(texts.Append("straw " + std::to_string(i)).ok());
      ASSERT_TRUE(tags.Append().ok());
      ASSERT_TRUE(tag->Append("x").ok());
      if (i % 500 == 7) ASSERT_TRUE(tag->Append("the NEEDLE " + std::to_string(i)).ok());
    }
    const auto table = arrow::Table::Make(
        arrow::schema({arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8()),
                       arrow::field("tags", tags.type())}),
        {*ids.Finish(), *texts.Finish(), *tags.Finish()});
    auto file = *arrow::io::FileOutputStream::Open(path_.string());
    ASSERT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), file, 1'000).ok());
    ASSERT_TRUE(file->Close().ok());
    table_ = *RowTable::Open({{.name = "a.parquet",
                               .path = path_.string(),
                               .file_system = std::make_shared<arrow::fs::LocalFileSystem>()}});
  }
  void TearDown() override { std::filesystem::remove(path_); }

  Result<SearchEnd> Find(const SearchOptions& options) {
    rows_.clear();
    return SearchRows(*table_, options,
                      {.hit =
                           [this](int64_t row, const auto& cells) {
                             rows_.push_back(row);
                             last_ = cells;
                             return true;
                           },
                       .progress =
                           [this](int64_t rows, int64_t total) {
                             EXPECT_LE(rows, total);
                             progress_ = rows;
                           }});
  }

  std::filesystem::path path_;
  std::shared_ptr<RowTable> table_;
  std::vector<int64_t> rows_;
  std::shared_ptr<arrow::RecordBatch> last_;
  int64_t progress_ = 0;
};

TEST_F(SearchTest, FindsTextInNestedValuesInRowOrder) {
  for (const int threads : {1, 2, 8}) {
    const auto end = Find({.text = "needle", .threads = threads});
    ASSERT_TRUE(end.ok()) << end.status().ToString();
    EXPECT_EQ(end->hits, 20);
    EXPECT_TRUE(end->complete);
    EXPECT_EQ(end->rows, 10'000);
    EXPECT_EQ(progress_, 10'000);
    for (size_t i = 0; i < rows_.size(); ++i) EXPECT_EQ(rows_[i], int64_t(i) * 500 + 7);
  }
}

TEST_F(SearchTest, LimitsColumnsAndFilters) {
  auto end = Find({.text = "needle", .hits_max = 3});
  EXPECT_THAT(rows_, ElementsAre(7, 507, 1007));
  EXPECT_FALSE(end->complete);
  EXPECT_EQ(end->rows, 1008);
  end = Find({.text = "needle", .in_columns = {"text"}});
  EXPECT_EQ(end->hits, 0);
  end = Find({.text = "NEEDLE", .filter = "id > 9000", .columns = {"text"}});
  EXPECT_THAT(rows_, ElementsAre(9007, 9507));
  EXPECT_EQ(last_->num_columns(), 1);
  end = Find({.filter = "id % 5000 == 1"});
  EXPECT_THAT(rows_, ElementsAre(1, 5001));
  EXPECT_EQ(last_->num_columns(), 3);
  end = Find({.text = "straw", .span = {.first_row = 998, .end_row = 1002}});
  EXPECT_THAT(rows_, ElementsAre(998, 999, 1000, 1001));
  EXPECT_EQ(end->rows, 4);
}

TEST_F(SearchTest, RefusesWhatItCannotLookFor) {
  EXPECT_EQ(KindOf(Find({}).status()), FailureKind::kWrongUsage);
  const auto column = Find({.text = "a", .in_columns = {"txt"}});
  EXPECT_THAT(column.status().message(), HasSubstr("did you mean text?"));
  const auto filter = Find({.filter = "idd > 3"});
  EXPECT_EQ(KindOf(filter.status()), FailureKind::kWrongUsage);
  EXPECT_EQ(KindOf(Find({.filter = "id >"}).status()), FailureKind::kWrongUsage);
}

TEST_F(SearchTest, StopsWhenToldTo) {
  int hits = 0;
  const auto end = SearchRows(*table_, {.text = "needle"},
                              {.hit = [&](int64_t, const auto&) { return ++hits < 2; }});
  EXPECT_EQ(end->hits, 2);
  EXPECT_FALSE(end->complete);
  std::atomic<bool> cancel{true};
  const auto cancelled = SearchRows(*table_, {.text = "needle"}, {.cancel = &cancel});
  EXPECT_FALSE(cancelled->complete);
}

TEST(TextMatch, FoldsCase) {
  EXPECT_TRUE(TextMatcher("straße").In("Eine STRAßE"));
  EXPECT_TRUE(TextMatcher("ÉCOLE").In("école"));
  EXPECT_TRUE(TextMatcher("сообщ").In("СООБЩЕНИЕ"));
  EXPECT_TRUE(
      TextMatcher("kelvin").In("\xE2\x84\xAA"
                               "elvin"));
  EXPECT_TRUE(TextMatcher("नमस्ते").In("xx नमस्ते yy"));
  EXPECT_FALSE(TextMatcher("b").In("a"));
  EXPECT_FALSE(TextMatcher("abc").In("ab"));
  // Across the pieces that are lowered at once.
  std::string text(40'000, 'x');
  text.replace(16'380, 6, "NeEdLe");
  EXPECT_TRUE(TextMatcher("needle").In(text));
  EXPECT_FALSE(TextMatcher("needles").In(text));
  EXPECT_TRUE(TextMatcher("\xFF").In("a\xFF"));
}

TEST(TextMatch, MarksRowsOfAllTypes) {
  const auto mark = [](const std::shared_ptr<arrow::DataType>& type, const std::string& json) {
    const auto array = *arrow::json::ArrayFromJSONString(type, json);
    std::vector<uint8_t> hits(size_t(array->length()), 0);
    TextMatcher("hit").Mark(*array, &hits);
    return std::vector<int>(hits.begin(), hits.end());
  };
  EXPECT_THAT(mark(arrow::utf8(), R"(["a", "Hit", null])"), ElementsAre(0, 1, 0));
  EXPECT_THAT(mark(arrow::utf8_view(), R"(["a", "Hit"])"), ElementsAre(0, 1));
  EXPECT_THAT(mark(arrow::dictionary(arrow::int8(), arrow::utf8()), R"(["a", "hit", null])"),
              ElementsAre(0, 1, 0));
  EXPECT_THAT(mark(arrow::map(arrow::utf8(), arrow::utf8()), R"([[["hit", "b"]], []])"),
              ElementsAre(1, 0));
  const auto object = arrow::struct_({arrow::field("a", arrow::list(arrow::utf8()))});
  EXPECT_THAT(mark(object, R"([{"a": ["x", "hit"]}, {"a": []}, null])"), ElementsAre(1, 0, 0));
  EXPECT_THAT(mark(arrow::int64(), "[1]"), ElementsAre(0));
}

}  // namespace
}  // namespace hubmill

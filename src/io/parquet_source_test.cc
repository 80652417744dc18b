#include "io/parquet_source.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <gmock/gmock.h>
#include <parquet/arrow/writer.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

namespace hubmill {
namespace {

using ::testing::HasSubstr;

class ParquetTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::filesystem::temp_directory_path() /
           ("hubmill_parquet_" + std::to_string(::getpid()) + "_" +
            ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(dir_);
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  /// 300 rows in three row groups, with page checksums.
  std::string WriteFile(const std::string& name, const std::string& text_column = "text") {
    arrow::Int64Builder ids;
    arrow::StringBuilder texts;
    for (int i = 0; i < 300; ++i) {
      EXPECT_TRUE(ids.Append(i).ok());
      EXPECT_TRUE(texts.Append("text number " + std::to_string(i)).ok());
    }
    auto schema = arrow::schema(
        {arrow::field("id", arrow::int64()), arrow::field(text_column, arrow::utf8())});
    auto table = arrow::Table::Make(schema, {*ids.Finish(), *texts.Finish()});
    std::string path = (dir_ / name).string();
    auto file = *arrow::io::FileOutputStream::Open(path);
    auto properties = parquet::WriterProperties::Builder().enable_page_checksum()->build();
    EXPECT_TRUE(
        parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), file, 100, properties)
            .ok());
    EXPECT_TRUE(file->Close().ok());
    return path;
  }

  Result<std::unique_ptr<Source>> Open(const std::string& path,
                                       const ParquetOptions& options = {}) {
    ARROW_ASSIGN_OR_RAISE(auto inputs, ExpandPaths(Setting::Scalar(path), ParquetExtensions()));
    return OpenParquet(std::move(inputs), options, {.batch_rows_max = 64});
  }

  /// All rows as text, or the first error.
  Result<std::vector<std::string>> Rows(const std::string& path,
                                        const ParquetOptions& options = {}) {
    ARROW_ASSIGN_OR_RAISE(auto source, Open(path, options));
    std::vector<std::string> rows;
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(auto morsel, source->Next());
      if (morsel == nullptr) return rows;
      ARROW_ASSIGN_OR_RAISE(Decoded decoded, morsel->Decode());
      for (const Batch& batch : decoded.batches) {
        EXPECT_LE(batch.rows->num_rows(), 64);
        for (int64_t i = 0; i < batch.rows->num_rows(); ++i) {
          std::string row;
          for (const auto& column : batch.rows->columns()) {
            row += (*column->GetScalar(i))->ToString() + "|";
          }
          rows.push_back(row);
        }
      }
    }
  }

  std::filesystem::path dir_;
};

TEST_F(ParquetTest, ReadsRowGroupsAndChosenColumns) {
  std::string path = WriteFile("a.parquet");
  auto rows = Rows(path);
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 300u);
  EXPECT_EQ(rows->at(299), "299|text number 299|");
  rows = Rows(path, {.path = {}, .columns = {"text", "id"}});
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(rows->at(299), "text number 299|299|");
  auto wrong = Rows(path, {.path = {}, .columns = {"texd"}});
  EXPECT_THAT(wrong.status().message(), HasSubstr("did you mean text?"));
}

TEST_F(ParquetTest, DifferentColumnsAreNamed) {
  WriteFile("a.parquet");
  WriteFile("b.parquet", "body");
  auto rows = Rows(dir_.string());
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(KindOf(rows.status()), FailureKind::kDataRefused);
  EXPECT_THAT(rows.status().message(), HasSubstr("columns=text (missing), body (new)"));
}

TEST_F(ParquetTest, FlippedBytesGiveTheRightRowsOrAnError) {
  std::string path = WriteFile("a.parquet");
  std::ifstream in(path, std::ios::binary);
  std::string whole((std::istreambuf_iterator<char>(in)), {});
  auto right = Rows(path);
  ASSERT_TRUE(right.ok());
  std::mt19937 random(11);
  std::string damaged_path = (dir_ / "damaged.parquet").string();
  int errors = 0;
  // Page data is guarded by checksums; of the footer nothing is, so there only crashes count.
  uint32_t footer;
  std::memcpy(&footer, whole.data() + whole.size() - 8, 4);
  size_t data_end = whole.size() - 8 - footer;
  for (int i = 0; i < 400; ++i) {
    std::string damaged = whole;
    size_t at = random() % damaged.size();
    damaged[at] = char(damaged[at] ^ (1 << random() % 8));
    if (i % 10 == 0) damaged.resize(at);
    std::ofstream(damaged_path, std::ios::binary | std::ios::trunc) << damaged;
    auto rows = Rows(damaged_path);
    if (!rows.ok()) {
      ++errors;
      EXPECT_THAT(rows.status().message(), HasSubstr("file=")) << at;
    } else if (at < data_end) {
      EXPECT_EQ(*rows, *right) << "at=" << at;
    }
  }
  EXPECT_GT(errors, 100);
}

}  // namespace
}  // namespace hubmill

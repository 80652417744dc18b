// How much one Read() takes, how it ends early, and that no reader waits for another.
#include <arrow/api.h>
#include <arrow/filesystem/localfs.h>
#include <arrow/io/file.h>
#include <arrow/util/byte_size.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "view/row_table.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

class RowReadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / ("hubmill_row_read_" + std::to_string(::getpid()));
    fs::create_directories(dir_);
  }
  void TearDown() override { fs::remove_all(dir_); }

  std::shared_ptr<RowTable> Open(const std::string& name, RowTableOptions options = {}) {
    const std::string path = (dir_ / name).string();
    auto table = RowTable::Open({{.name = name,
                                  .path = path,
                                  .file_system = std::make_shared<arrow::fs::LocalFileSystem>(),
                                  .size_bytes = int64_t(fs::file_size(path))}},
                                options);
    EXPECT_TRUE(table.ok()) << table.status().ToString();
    return *table;
  }

  /// 4,000 rows of a few bytes, but rows 1,000 to 1,019 of 500 kB each.
  std::shared_ptr<arrow::Table> WriteUneven() {
    arrow::Int64Builder ids;
    arrow::StringBuilder texts;
    for (int64_t i = 0; i < 4'000; ++i) {
      EXPECT_TRUE(ids.Append(i).ok());
      const bool large = i >= 1'000 && i < 1'020;
      EXPECT_TRUE(texts.Append(std::string(large ? 500'000 : 3, char('a' + i % 26))).ok());
    }
    const auto numbers = *ids.Finish();
    auto table = arrow::Table::Make(
        arrow::schema({arrow::field("id", arrow::int64()), arrow::field("t", arrow::utf8()),
                       arrow::field("n", arrow::int64())}),
        {numbers, *texts.Finish(), numbers});
    auto file = *arrow::io::FileOutputStream::Open((dir_ / "a.parquet").string());
    EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), file, 4'000).ok());
    EXPECT_TRUE(file->Close().ok());
    return table;
  }

  void WriteLines(int64_t rows) {
    std::ofstream out(dir_ / "a.jsonl");
    for (int64_t i = 0; i < rows; ++i) {
      out << "{\"n\": " << i << ", \"t\": \"" << std::string(100, 'x') << "\"}\n";
    }
  }

  fs::path dir_;
};

TEST_F(RowReadTest, LargeRowsEndAReadAndDoNotGrowIt) {
  const auto all = WriteUneven();
  for (const int64_t decode_bytes_min : {int64_t{0}, INT64_MAX}) {
    const auto table =
        Open("a.parquet", {.read_bytes_max = 2'000'000, .decode_bytes_min = decode_bytes_min});
    const auto few = *table->Read(1'000, 20);
    EXPECT_GE(few->num_rows(), 3);
    EXPECT_LE(few->num_rows(), 4);
    int64_t row = 990;
    while (row < 1'030) {
      const auto batch = *table->Read(row, 1'030 - row);
      ASSERT_GT(batch->num_rows(), 0);
      EXPECT_LT(*arrow::util::ReferencedBufferSize(*batch), 2'510'000);
      const auto expected = *all->Slice(row, batch->num_rows())->CombineChunksToBatch();
      ASSERT_TRUE(batch->Equals(*expected)) << row;
      row += batch->num_rows();
    }
    EXPECT_EQ((*table->Read(2'000, 1'000))->num_rows(), 1'000);
  }
}

TEST_F(RowReadTest, ACancelledReadEnds) {
  WriteUneven();
  WriteLines(50'000);
  const std::atomic<bool> cancel = true;
  for (const char* name : {"a.parquet", "a.jsonl"}) {
    const auto table = Open(name);
    const auto read = table->Read(3'000, 10, {}, &cancel);
    ASSERT_FALSE(read.ok()) << name;
    EXPECT_EQ(KindOf(read.status()), FailureKind::kRunFailed);
    EXPECT_EQ((*table->Read(3'000, 10))->num_rows(), 10);  // The next one is not harmed.
  }
  EXPECT_FALSE(Open("a.jsonl")->CountRows(&cancel).ok());
}

TEST_F(RowReadTest, ReadersOfLinesDoNotDisturbEachOther) {
  WriteLines(50'000);
  const auto table = Open("a.jsonl");
  std::vector<std::thread> readers;
  for (int64_t reader = 0; reader < 8; ++reader) {
    readers.emplace_back([&, reader] {
      for (int64_t i = 0; i < 12; ++i) {
        const int64_t row = (reader * 7'919 + i * 12'347) % 49'990;
        const auto batch = *table->Read(row, 10, {"n"});
        const auto& numbers = static_cast<const arrow::Int64Array&>(*batch->column(0));
        ASSERT_EQ(numbers.length(), 10);
        EXPECT_EQ(numbers.Value(0), row);
        EXPECT_EQ(numbers.Value(9), row + 9);
      }
    });
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(*table->CountRows(), 50'000);
}

}  // namespace
}  // namespace hubmill

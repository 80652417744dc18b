#include "io/id_index.h"

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace hubmill {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

std::string Written(int rows, int repeat = 1) {
  const auto dir = std::filesystem::temp_directory_path() /
                   ("hubmill_ids_" + std::to_string(::getpid()) + "_" +
                    ::testing::UnitTest::GetInstance()->current_test_info()->name());
  const std::string path = (dir / "a.ids").string();
  {
    auto writer = *IdIndexWriter::Open(path);
    for (int i = 0; i < rows; ++i) EXPECT_TRUE(writer->Add(std::to_string(i / repeat)).ok());
    EXPECT_TRUE(writer->Finish().ok());
  }
  std::ifstream file(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_FALSE(std::filesystem::exists(path + ".tmp"));
  std::filesystem::remove_all(dir);
  return bytes;
}

Result<std::vector<int64_t>> Find(const std::string& bytes, const std::string& id) {
  arrow::io::BufferReader reader(arrow::Buffer::FromString(bytes));
  return FindId(reader, "a.ids", id);
}

TEST(IdIndex, FindsEveryRow) {
  for (int rows : {1, 2, 63, 5'000, 300'000}) {
    const std::string bytes = Written(rows);
    EXPECT_EQ(bytes.size(), 16 + size_t(rows) * 10);
    for (int row = 0; row < rows; row += 1 + rows / 500) {
      EXPECT_THAT(*Find(bytes, std::to_string(row)), Contains(row));
    }
  }
}

TEST(IdIndex, SaysWhatIsNotThere) {
  EXPECT_TRUE(Find(Written(0), "1")->empty());
  EXPECT_TRUE(Find(Written(1000), "1000")->empty());
}

TEST(IdIndex, NamesAllRowsOfAnIdInOrder) {
  const std::string bytes = Written(90'000, /*repeat=*/30'000);
  const auto rows = *Find(bytes, "1");
  ASSERT_EQ(rows.size(), 30'000U);
  for (int i = 0; i < 30'000; ++i) EXPECT_EQ(rows[size_t(i)], 30'000 + i);
}

TEST(IdIndex, RefusesWhatIsDamaged) {
  const std::string bytes = Written(1000);
  EXPECT_THAT(Find("", "1").status().message(), HasSubstr("damaged: file=a.ids"));
  EXPECT_THAT(Find(bytes.substr(0, 700), "1").status().message(), HasSubstr("length"));
  std::string other = bytes;
  other[8] ^= 1;
  EXPECT_THAT(Find(other, "1").status().message(), HasSubstr("length"));
  other = bytes;
  other[0] = 'x';
  EXPECT_THAT(Find(other, "1").status().message(), HasSubstr("does not begin"));
  for (size_t at = 16; at < bytes.size(); at += 7) {  // Never a crash or a hang.
    other = bytes;
    other[at] = char(0xFF);
    (void)Find(other, "17");
  }
}

}  // namespace
}  // namespace hubmill

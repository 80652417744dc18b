#include "io/hashed_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/hash.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

class HashedFileTest : public testing::Test {
 protected:
  HashedFileTest() {
    std::string pattern = testing::TempDir() + "hashed-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~HashedFileTest() override { fs::remove_all(folder_); }

  std::string PathOf(const std::string& name) const { return folder_ + "/" + name; }

  std::string folder_;
};

std::string BytesOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Not the same at any two multiples of a buffer.
std::string Pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = char(i * 31 + i / 4099);
  return bytes;
}

TEST_F(HashedFileTest, HoldsWhatWasWrittenAtEverySizeAroundTheBuffers) {
  constexpr size_t kRing = kWriteBufferBytes * kWriteBuffers;
  for (size_t size : {size_t(0), size_t(1), kWriteBufferBytes - 1, kWriteBufferBytes,
                      kWriteBufferBytes + 1, kRing, 3 * kRing + 12345}) {
    const std::string bytes = Pattern(size);
    const std::string path = PathOf(std::to_string(size));
    auto file = HashedFile::Create(path);
    ASSERT_TRUE(file.ok()) << file.status();
    for (size_t at = 0; at < size; at += 999'983) {
      ASSERT_TRUE(file->Write(std::string_view(bytes).substr(at, 999'983)).ok());
    }
    ASSERT_TRUE(file->Close().ok());
    EXPECT_EQ(file->size_bytes(), int64_t(size));
    EXPECT_EQ(file->sha256(), Sha256Hex(bytes)) << size;
    EXPECT_TRUE(BytesOf(path) == bytes) << size;
  }
}

TEST_F(HashedFileTest, AFileThatWasNotClosedGoesAway) {
  const std::string path = PathOf("given-up");
  {
    auto file = HashedFile::Create(path);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->Write(Pattern(3 * kWriteBufferBytes)).ok());
    HashedFile moved = std::move(*file);
    EXPECT_TRUE(fs::exists(path));
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(HashedFileTest, AFailureOfAnyBufferIsToldByTheCloseAtTheLatest) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = kWriteBufferBytes + 4096, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  auto file = HashedFile::Create(PathOf("limited"));
  Status status = file.status();
  const std::string bytes = Pattern(kWriteBufferBytes);
  for (int i = 0; i < 20 && status.ok(); ++i) status = file->Write(bytes);
  if (status.ok()) status = file->Close();
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find("remedy: raise the file size limit"), std::string::npos)
      << status;
}

TEST_F(HashedFileTest, AFileThatExistsIsRefused) {
  std::ofstream(PathOf("there")) << "x";
  EXPECT_FALSE(HashedFile::Create(PathOf("there")).ok());
  EXPECT_EQ(BytesOf(PathOf("there")), "x");
}

}  // namespace
}  // namespace hubmill

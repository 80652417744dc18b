// Written in two steps, so that memory does not grow with the rows: records go to 256 buckets by
// their first byte, each a chain of blocks in a temporary file; then one bucket after the other is
// read, sorted and appended.
#include "io/id_index.h"

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "base/hash.h"
#include "io/hashed_file.h"

namespace hubmill {
namespace {

constexpr std::string_view kMagic("HMIDS1\n\0", 8);
constexpr int64_t kHeaderBytes = 16;
constexpr int64_t kRecordBytes = 10;
constexpr int kHashBits = 40;
constexpr size_t kBuckets = 256;
constexpr size_t kBlockRecords = 400;
constexpr size_t kBlockBytes = kBlockRecords * kRecordBytes;

using Record = std::array<uint8_t, kRecordBytes>;

uint64_t HashOf(std::string_view id) { return Xxh3Hash64(id) >> (64 - kHashBits); }

void PutBigEndian(uint64_t value, uint8_t* to) {
  for (int i = 4; i >= 0; --i, value >>= 8) to[i] = uint8_t(value);
}
uint64_t GetBigEndian(const uint8_t* from) {
  uint64_t value = 0;
  for (int i = 0; i < 5; ++i) value = value << 8 | from[i];
  return value;
}

class IdIndexFile final : public IdIndexWriter {
 public:
  IdIndexFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  ~IdIndexFile() override {
    close(fd_);
    unlink((path_ + ".tmp").c_str());
  }

  Status Add(std::string_view id) override {
    Record record;
    PutBigEndian(HashOf(id), record.data());
    PutBigEndian(uint64_t(rows_++), record.data() + 5);
    Bucket& bucket = buckets_[record[0]];
    bucket.open.push_back(record);
    if (bucket.open.size() < kBlockRecords) return Status::OK();
    bucket.blocks.push_back(blocks_++);
    if (pwrite(fd_, bucket.open.data(), kBlockBytes, off_t(bucket.blocks.back() * kBlockBytes)) !=
        ssize_t(kBlockBytes)) {
      return FileFailure("write a file", path_ + ".tmp", errno);
    }
    bucket.open.clear();
    return Status::OK();
  }

  Status Finish() override {
    ARROW_ASSIGN_OR_RAISE(HashedFile out, HashedFile::Create(path_, /*hashed=*/false));
    ARROW_RETURN_NOT_OK(out.Write(kMagic));
    std::array<char, 8> rows;
    for (size_t i = 0; i < 8; ++i) rows[i] = char(uint64_t(rows_) >> (8 * i));
    ARROW_RETURN_NOT_OK(out.Write({rows.data(), rows.size()}));
    std::vector<Record> records;
    for (Bucket& bucket : buckets_) {
      records.assign(bucket.blocks.size() * kBlockRecords, Record());
      for (size_t i = 0; i < bucket.blocks.size(); ++i) {
        if (pread(fd_, records.data() + i * kBlockRecords, kBlockBytes,
                  off_t(bucket.blocks[i] * kBlockBytes)) != ssize_t(kBlockBytes)) {
          return FileFailure("read a file", path_ + ".tmp", errno);
        }
      }
      records.insert(records.end(), bucket.open.begin(), bucket.open.end());
      std::sort(records.begin(), records.end());
      ARROW_RETURN_NOT_OK(out.Write(
          {reinterpret_cast<const char*>(records.data()), records.size() * size_t(kRecordBytes)}));
      bucket = {};
    }
    return out.Close();
  }

 private:
  struct Bucket {
    std::vector<Record> open;
    std::vector<size_t> blocks;  // In the temporary file.
  };

  const std::string path_;
  const int fd_;
  std::array<Bucket, kBuckets> buckets_;
  size_t blocks_ = 0;
  int64_t rows_ = 0;
};

Status Damaged(const std::string& name, const char* why) {
  return DataRefused("an index of ids is damaged: file=", name, " why=", why,
                     "; remedy: delete it, and rows are found by a scan");
}

}  // namespace

Result<std::unique_ptr<IdIndexWriter>> IdIndexWriter::Open(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (error) return FileFailure("create a folder", path, error.value());
  const int fd = open((path + ".tmp").c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return FileFailure("create a file", path, errno);
  return std::make_unique<IdIndexFile>(path, fd);
}

Result<std::vector<int64_t>> FindId(arrow::io::RandomAccessFile& file, const std::string& name,
                                    std::string_view id) {
  ARROW_ASSIGN_OR_RAISE(const int64_t size, file.GetSize());
  ARROW_ASSIGN_OR_RAISE(const auto header, file.ReadAt(0, kHeaderBytes));
  if (header->size() != kHeaderBytes || std::memcmp(header->data(), kMagic.data(), 8) != 0) {
    return Damaged(name, "it does not begin as one");
  }
  uint64_t rows = 0;
  for (size_t i = 0; i < 8; ++i) rows |= uint64_t(header->data()[8 + i]) << (8 * i);
  if (uint64_t(size - kHeaderBytes) / kRecordBytes != rows ||
      (size - kHeaderBytes) % kRecordBytes != 0) {
    return Damaged(name, "its length is another than its rows say");
  }
  const uint64_t hash = HashOf(id);
  const double expected = double(hash) / double(uint64_t{1} << kHashBits) * double(rows);
  // Six standard deviations on both sides; doubled while the hash may lie outside.
  double reach = 3 * std::sqrt(double(rows)) + 64;
  while (true) {
    const auto begin = int64_t(std::max(0.0, expected - reach));
    const auto end = int64_t(std::min(double(rows), expected + reach));
    ARROW_ASSIGN_OR_RAISE(const auto bytes, file.ReadAt(kHeaderBytes + begin * kRecordBytes,
                                                        (end - begin) * kRecordBytes));
    if (bytes->size() != (end - begin) * kRecordBytes) return Damaged(name, "it was cut off");
    const int64_t count = end - begin;
    const auto at = [&](int64_t i) { return bytes->data() + i * kRecordBytes; };
    const bool low = begin == 0 || (count > 0 && GetBigEndian(at(0)) < hash);
    const bool high = end == int64_t(rows) || (count > 0 && GetBigEndian(at(count - 1)) > hash);
    if (!low || !high) {
      if (begin == 0 && end == int64_t(rows)) return Damaged(name, "it is not in order");
      reach *= 2;
      continue;
    }
    std::vector<int64_t> found;
    for (int64_t i = 0; i < count; ++i) {
      if (GetBigEndian(at(i)) == hash) found.push_back(int64_t(GetBigEndian(at(i) + 5)));
    }
    return found;
  }
}

}  // namespace hubmill

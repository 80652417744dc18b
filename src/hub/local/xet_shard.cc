// All records have 48 bytes.  The head: a magic of 32 bytes, version 2, footer size.  Then for each
// file {hash, flags, n, 0}, n terms, n verification hashes where flag 31 is set, one record with
// the SHA-256 where flag 30 is set; a record of 0xFF ends the section.
#include "hub/local/xet_shard.h"

#include <algorithm>
#include <cstring>

namespace hubmill::local_hub {
namespace {

constexpr size_t kRecordBytes = 48;
constexpr std::string_view kMagic = "HFRepoMetaData";
constexpr uint64_t kVersion = 2;
constexpr uint32_t kHasVerification = 1u << 31;
constexpr uint32_t kHasMetadata = 1u << 30;

// Takes records off the front.
class Records {
 public:
  explicit Records(std::string_view data) : data_(data) {}
  size_t left() const { return data_.size() / kRecordBytes; }
  Result<std::string_view> Next() {
    if (left() == 0) return DataRefused("shard: it ends within its files");
    const std::string_view record = data_.substr(0, kRecordBytes);
    data_.remove_prefix(kRecordBytes);
    return record;
  }

 private:
  std::string_view data_;
};

XetHash HashAt(std::string_view record) {
  XetHash hash;
  std::memcpy(hash.data(), record.data(), hash.size());
  return hash;
}

uint32_t NumberAt(std::string_view record, size_t offset) {
  uint32_t number;
  std::memcpy(&number, record.data() + offset, sizeof number);
  return number;
}

Result<ShardFile> ReadFile(std::string_view head, Records* records) {
  ShardFile file;
  file.hash = HashAt(head);
  const uint32_t flags = NumberAt(head, 32), count = NumberAt(head, 36);
  if (count > records->left()) return DataRefused("shard: more terms than it has records");
  file.terms.resize(count);
  for (ShardTerm& term : file.terms) {
    ARROW_ASSIGN_OR_RAISE(const std::string_view record, records->Next());
    term.xorb = HashAt(record);
    term.raw_bytes = NumberAt(record, 36);
    term.first = NumberAt(record, 40);
    term.end = NumberAt(record, 44);
    if (term.first >= term.end) return DataRefused("shard: a term without chunks");
  }
  if (flags & kHasVerification) {
    for (ShardTerm& term : file.terms) {
      ARROW_ASSIGN_OR_RAISE(const std::string_view record, records->Next());
      term.verification = HashAt(record);
    }
  }
  if (flags & kHasMetadata) {
    ARROW_ASSIGN_OR_RAISE(const std::string_view record, records->Next());
    file.sha256 = XetHex(HashAt(record));  // Stored in the order of a Xet hash.
  }
  return file;
}

}  // namespace

Result<std::vector<ShardFile>> ParseShard(std::string_view shard) {
  Records records(shard);
  ARROW_ASSIGN_OR_RAISE(const std::string_view head, records.Next());
  uint64_t version;
  std::memcpy(&version, head.data() + 32, sizeof version);
  if (!head.starts_with(kMagic) || version != kVersion) {
    return DataRefused("shard: not a shard of version 2");
  }
  std::vector<ShardFile> files;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const std::string_view record, records.Next());
    const XetHash hash = HashAt(record);
    if (std::all_of(hash.begin(), hash.end(), [](uint8_t byte) { return byte == 0xFF; })) break;
    ARROW_ASSIGN_OR_RAISE(ShardFile file, ReadFile(record, &records));
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace hubmill::local_hub

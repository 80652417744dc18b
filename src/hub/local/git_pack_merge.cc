// How packs stay few: see MergePacks in git_pack.h.  Objects are copied in their packed form.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "hub/local/git_pack.h"

namespace hubmill::local_hub {
namespace {

namespace fs = std::filesystem;

constexpr size_t kIndexHeadBytes = 8 + 4 * 256;
constexpr size_t kDigestBytes = 20;
constexpr size_t kIndexBytesMax = size_t{1} << 30;
constexpr int kDeltaKindMin = 6;
constexpr uint64_t kMergedBytesMax = 64 << 20;  // A larger pack stays: it would not fit in memory.

struct Pack {
  std::string path;  // Without its ending.
  uint64_t bytes = 0;
};

struct IndexedObject {
  GitId id;
  uint64_t offset = 0;
};

uint64_t ReadBig(std::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

// Those that may be merged, smallest first.
std::vector<Pack> ListPacks(const std::string& folder) {
  std::vector<Pack> packs;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(folder, error)) {
    if (file.path().extension() != ".idx") continue;
    const std::string path = (file.path().parent_path() / file.path().stem()).string();
    const uint64_t bytes = fs::file_size(path + ".pack", error);
    if (!error && bytes <= kMergedBytesMax) packs.push_back({path, bytes});
  }
  std::sort(packs.begin(), packs.end(), [](const Pack& a, const Pack& b) {
    return a.bytes != b.bytes ? a.bytes < b.bytes : a.path < b.path;
  });
  return packs;
}

// The objects of an index, in the order of the pack; an index of another form is refused.
Result<std::vector<IndexedObject>> ReadIndex(const Pack& pack) {
  ARROW_ASSIGN_OR_RAISE(const std::string text, ReadWhole(pack.path + ".idx", kIndexBytesMax));
  const std::string_view index = text;
  const auto wrong = [&] {
    return RunFailed("a pack's index is broken: path=", pack.path, ".idx");
  };
  if (index.size() < kIndexHeadBytes + 2 * kDigestBytes ||
      index.substr(0, 8) != std::string_view("\377tOc\0\0\0\2", 8)) {
    return wrong();
  }
  const uint64_t count = ReadBig(index.substr(kIndexHeadBytes - 4, 4));
  const size_t ids = kIndexHeadBytes, offsets = ids + count * 24, far = offsets + count * 4;
  if (far + 2 * kDigestBytes > index.size()) return wrong();
  const size_t far_count = (index.size() - far - 2 * kDigestBytes) / 8;
  std::vector<IndexedObject> objects(count);
  for (size_t i = 0; i < count; ++i) {
    const std::string_view id = index.substr(ids + i * objects[i].id.size());
    std::copy_n(id.begin(), objects[i].id.size(), objects[i].id.begin());
    uint64_t offset = ReadBig(index.substr(offsets + 4 * i, 4));
    if (offset >> 31 != 0) {
      const uint64_t row = offset & 0x7fffffff;
      if (row >= far_count) return wrong();
      offset = ReadBig(index.substr(far + 8 * row, 8));
    }
    if (offset + kDigestBytes >= pack.bytes) return wrong();
    objects[i].offset = offset;
  }
  std::sort(objects.begin(), objects.end(),
            [](const IndexedObject& a, const IndexedObject& b) { return a.offset < b.offset; });
  return objects;
}

// False where the pack has deltas; then nothing of it was added.
Result<bool> CopyPack(const Pack& pack, PackWriter* writer) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<IndexedObject> objects, ReadIndex(pack));
  ARROW_ASSIGN_OR_RAISE(const std::string bytes,
                        ReadWhole(pack.path + ".pack", static_cast<size_t>(pack.bytes)));
  const auto kind_of = [&](const IndexedObject& object) {
    return static_cast<unsigned char>(bytes[object.offset]) >> 4 & 7;
  };
  for (const IndexedObject& object : objects) {
    if (kind_of(object) >= kDeltaKindMin) return false;
  }
  for (size_t i = 0; i < objects.size(); ++i) {
    const uint64_t end = i + 1 < objects.size() ? objects[i + 1].offset : pack.bytes - kDigestBytes;
    const std::string_view packed =
        std::string_view(bytes).substr(objects[i].offset, end - objects[i].offset);
    ARROW_RETURN_NOT_OK(writer->AddPacked(objects[i].id, {.kind = kind_of(objects[i])}, packed));
  }
  return true;
}

}  // namespace

Status MergePacks(const std::string& folder, const std::string& temp_folder, bool durable,
                  size_t packs_max) {
  const std::vector<Pack> packs = ListPacks(folder);
  if (packs.size() <= packs_max) return Status::OK();
  size_t count = 0;
  for (uint64_t sum = 0; count < packs.size() && (count < 2 || packs[count].bytes < 2 * sum);) {
    sum += packs[count++].bytes;
  }
  PackWriter writer(folder, temp_folder, durable);
  std::vector<std::string> merged;
  for (size_t i = 0; i < count; ++i) {
    ARROW_ASSIGN_OR_RAISE(const bool copied, CopyPack(packs[i], &writer));
    if (copied) merged.push_back(packs[i].path);
  }
  if (merged.size() < 2) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const std::string name, writer.Publish());
  for (const std::string& path : merged) {
    if (path == folder + "/" + name) continue;
    std::error_code error;  // What stays is read or merged another time.
    fs::remove(path + ".idx", error);
    fs::remove(path + ".pack", error);
  }
  return Status::OK();
}

}  // namespace hubmill::local_hub

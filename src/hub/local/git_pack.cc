#include "hub/local/git_pack.h"

#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <openssl/evp.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/check.h"
#include "hub/local/sha256.h"

namespace hubmill::local_hub {
namespace {

constexpr size_t kHeadBytes = 12;  // "PACK", version, number of objects.
constexpr size_t kCopyBytes = 1 << 20;
constexpr uint64_t kFarOffset = 1u << 31;  // From here on an index refers to its table of 64 bits.

void AppendBig(uint64_t value, int bytes, std::string* out) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>(value >> shift));
  }
}

class Sha1 {
 public:
  Sha1() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    HUBMILL_CHECK(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha1(), nullptr) == 1,
                  "OpenSSL has SHA-1");
  }
  void Update(std::string_view data) { EVP_DigestUpdate(context_.get(), data.data(), data.size()); }
  std::string Digest() {
    std::string digest(20, '\0');
    EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr);
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

// The kind and the raw size, in four and then seven bits a byte.
std::string RenderObjectHead(int kind, uint64_t raw_bytes) {
  std::string head(1, static_cast<char>(kind << 4 | (raw_bytes & 15)));
  for (uint64_t rest = raw_bytes >> 4; rest > 0; rest >>= 7) {
    head.back() = static_cast<char>(head.back() | 0x80);
    head.push_back(static_cast<char>(rest & 127));
  }
  return head;
}

Status ReadAt(int fd, uint64_t offset, char* out, size_t size) {
  while (size > 0) {
    const ssize_t count = pread(fd, out, size, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return RunFailed("cannot read a pack: reason=", std::strerror(errno));
    out += count;
    offset += static_cast<uint64_t>(count);
    size -= static_cast<size_t>(count);
  }
  return Status::OK();
}

GitId ToId(const git_oid* oid) {
  GitId id;
  std::copy(std::begin(oid->id), std::end(oid->id), id.begin());
  return id;
}

}  // namespace

Status PackWriter::Add(const GitId& id, int kind, std::string_view data) {
  std::string bytes = RenderObjectHead(kind, data.size());
  const size_t head_bytes = bytes.size();
  uLongf room = compressBound(data.size());
  bytes.resize(head_bytes + room);
  const int result =
      compress2(reinterpret_cast<Bytef*>(bytes.data() + head_bytes), &room,
                reinterpret_cast<const Bytef*>(data.data()), data.size(), Z_BEST_SPEED);
  HUBMILL_CHECK(result == Z_OK, "zlib takes any bytes");
  bytes.resize(head_bytes + room);
  return AddPacked(id, {.kind = kind, .raw_bytes = data.size()}, bytes);
}

Status PackWriter::AddPacked(const GitId& id, PackedObject packed, std::string_view bytes) {
  if (objects_.contains(id)) return Status::OK();
  if (!file_) {
    ARROW_ASSIGN_OR_RAISE(DurableFile file, DurableFile::Create(temp_folder_, durable_));
    ARROW_RETURN_NOT_OK(file.Write(std::string(kHeadBytes, '\0')));
    file_.emplace(std::move(file));
    size_ = kHeadBytes;
  }
  ARROW_RETURN_NOT_OK(file_->Write(bytes));
  packed.offset = size_;
  packed.bytes = bytes.size();
  packed.crc =
      static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
  size_ += bytes.size();
  objects_.emplace(id, packed);
  return Status::OK();
}

const PackedObject* PackWriter::Find(const GitId& id) const {
  const auto found = objects_.find(id);
  return found == objects_.end() ? nullptr : &found->second;
}

Result<std::string> PackWriter::Read(const PackedObject& object) const {
  std::string bytes(object.bytes, '\0');
  ARROW_RETURN_NOT_OK(ReadAt(file_->fd(), object.offset, bytes.data(), bytes.size()));
  const size_t head_bytes = RenderObjectHead(object.kind, object.raw_bytes).size();
  std::string data(object.raw_bytes, '\0');
  uLongf room = data.size();
  const int result = uncompress(reinterpret_cast<Bytef*>(data.data()), &room,
                                reinterpret_cast<const Bytef*>(bytes.data()) + head_bytes,
                                bytes.size() - head_bytes);
  if (result != Z_OK || room != data.size()) return RunFailed("a pack was changed while written");
  return data;
}

// Writes the head, whose count was not known before, and the digest of all.
Result<std::string> PackWriter::Seal() {
  std::string head = "PACK";
  AppendBig(2, 4, &head);
  AppendBig(objects_.size(), 4, &head);
  if (pwrite(file_->fd(), head.data(), head.size(), 0) != static_cast<ssize_t>(head.size())) {
    return RunFailed("cannot store: reason=", std::strerror(errno));
  }
  Sha1 sha1;
  std::string buffer(kCopyBytes, '\0');
  for (uint64_t at = 0; at < size_; at += buffer.size()) {
    buffer.resize(std::min<uint64_t>(buffer.size(), size_ - at));
    ARROW_RETURN_NOT_OK(ReadAt(file_->fd(), at, buffer.data(), buffer.size()));
    sha1.Update(buffer);
  }
  std::string digest = sha1.Digest();
  ARROW_RETURN_NOT_OK(file_->Write(digest));
  return digest;
}

std::string PackWriter::RenderIndex(const std::string& digest) const {
  std::string ids, crcs, offsets, far_offsets, fanout;
  size_t first_byte = 0, count = 0;
  for (const auto& [id, object] : objects_) {
    for (; first_byte < id[0]; ++first_byte) AppendBig(count, 4, &fanout);
    ++count;
    ids.append(reinterpret_cast<const char*>(id.data()), id.size());
    AppendBig(object.crc, 4, &crcs);
    const bool far = object.offset >= kFarOffset;
    AppendBig(far ? kFarOffset | far_offsets.size() / 8 : object.offset, 4, &offsets);
    if (far) AppendBig(object.offset, 8, &far_offsets);
  }
  for (; first_byte < 256; ++first_byte) AppendBig(count, 4, &fanout);
  std::string index("\377tOc\0\0\0\2", 8);
  index += fanout + ids + crcs + offsets + far_offsets + digest;
  Sha1 sha1;
  sha1.Update(index);
  return index + sha1.Digest();
}

Result<std::string> PackWriter::Publish() {
  if (!file_) return "";
  ARROW_ASSIGN_OR_RAISE(const std::string digest, Seal());
  std::string name = "pack-";
  name += HexOf(digest);
  const std::string path = folder_ + "/" + name;
  // The index comes last: a pack without one is not seen.
  ARROW_RETURN_NOT_OK(file_->Publish(path + ".pack"));
  const Status indexed = WriteWhole(temp_folder_, path + ".idx", RenderIndex(digest), durable_);
  if (!indexed.ok()) {
    unlink((path + ".pack").c_str());
    return indexed;
  }
  Discard();
  return name;
}

void PackWriter::Discard() {
  file_.reset();
  objects_.clear();
}

namespace {

struct PackBackend {
  git_odb_backend base;  // First: libgit2 knows this part only.
  PackWriter* pack;
};

PackWriter& PackOf(git_odb_backend* backend) {
  return *reinterpret_cast<PackBackend*>(backend)->pack;
}

int BackendRead(void** data, size_t* size, git_object_t* kind, git_odb_backend* backend,
                const git_oid* oid) {
  const PackedObject* object = PackOf(backend).Find(ToId(oid));
  if (object == nullptr) return GIT_ENOTFOUND;
  const Result<std::string> text = PackOf(backend).Read(*object);
  if (!text.ok()) return GIT_ERROR;
  *data = git_odb_backend_data_alloc(backend, text->size() + 1);
  if (*data == nullptr) return GIT_ERROR;
  std::memcpy(*data, text->c_str(), text->size() + 1);
  *size = text->size();
  *kind = static_cast<git_object_t>(object->kind);
  return 0;
}

int BackendReadHeader(size_t* size, git_object_t* kind, git_odb_backend* backend,
                      const git_oid* oid) {
  const PackedObject* object = PackOf(backend).Find(ToId(oid));
  if (object == nullptr) return GIT_ENOTFOUND;
  *size = object->raw_bytes;
  *kind = static_cast<git_object_t>(object->kind);
  return 0;
}

int BackendWrite(git_odb_backend* backend, const git_oid* oid, const void* data, size_t size,
                 git_object_t kind) {
  const std::string_view text(static_cast<const char*>(data), size);
  const Status status = PackOf(backend).Add(ToId(oid), kind, text);
  if (status.ok()) return 0;
  git_error_set_str(GIT_ERROR_ODB, status.message().c_str());
  return GIT_ERROR;
}

int BackendExists(git_odb_backend* backend, const git_oid* oid) {
  return PackOf(backend).Find(ToId(oid)) != nullptr ? 1 : 0;
}

void BackendFree(git_odb_backend* backend) { delete reinterpret_cast<PackBackend*>(backend); }

}  // namespace

git_odb_backend* NewPackBackend(PackWriter* pack) {
  auto* backend = new PackBackend{.base = {}, .pack = pack};
  git_odb_init_backend(&backend->base, GIT_ODB_BACKEND_VERSION);
  backend->base.read = BackendRead;
  backend->base.read_header = BackendReadHeader;
  backend->base.write = BackendWrite;
  backend->base.exists = BackendExists;
  backend->base.free = BackendFree;
  return &backend->base;
}

}  // namespace hubmill::local_hub

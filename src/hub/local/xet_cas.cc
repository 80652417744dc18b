// The upload side of a Xet CAS server (spec hub.md, 4): xorbs are unpacked, hashed and stored;
// a shard's files are verified and rebuilt from them into the object store, and served from there
// over plain HTTP like any other large file.  Every other CAS route is a quick 404, on which
// clients fall back; 405 would be fatal and 5xx retried for minutes.
//
// The store's id is part of the CAS URL.  Clients remember per URL which chunks a server has; a
// wiped data folder gets a new id and so a full upload instead of references to nothing.
#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "hub/local/routes.h"
#include "hub/local/xet_shard.h"
#include "hub/local/xet_xorb.h"

namespace hubmill::local_hub {
namespace {

using nlohmann::json;

constexpr int64_t kTokenLifeS = 12 * 3600;
constexpr size_t kIndexBytesMax = kXorbChunksMax * 48;
constexpr int64_t kRebuiltBytesMax = int64_t{1} << 42;

// "{mode}.{expiry}.{signature}", for one store.
std::string MakeToken(const HubState& hub, bool write, int64_t expires_s) {
  const std::string mode = write ? "xw" : "xr";
  return mode + "." + std::to_string(expires_s) + "." +
         Sign(hub, "xet|" + mode + "|" + hub.store_id, expires_s);
}

bool MayUpload(const HubState& hub, std::string_view authorization) {
  constexpr std::string_view kStart = "Bearer xw.";
  if (!authorization.starts_with(kStart)) return false;
  authorization.remove_prefix(kStart.size());
  int64_t expires_s = 0;
  const char* end = authorization.data() + authorization.size();
  const auto [at, error] = std::from_chars(authorization.data(), end, expires_s);
  if (error != std::errc() || at == end || *at != '.') return false;
  return IsSigned(hub, "xet|xw|" + hub.store_id, expires_s,
                  std::string_view(at + 1, static_cast<size_t>(end - at - 1)));
}

std::string XorbPath(const HubState& hub, const std::string& hex) {
  return hub.root + "/xorbs/" + hex.substr(0, 2) + "/" + hex;
}

Result<Response> StoreXorb(const Call& call, const std::string& hex) {
  const std::optional<XetHash> named = ParseXetHex(hex);
  if (!named) return Problem(400, "", "not a xorb hash");
  const HubState& hub = call.hub;
  const std::string path = XorbPath(hub, hex);
  if (std::filesystem::exists(path + ".index")) return Json(200, {{"was_inserted", false}});
  ARROW_ASSIGN_OR_RAISE(DurableFile file,
                        DurableFile::Create(hub.objects.temp_folder(), hub.objects.durable()));
  ARROW_ASSIGN_OR_RAISE(
      const std::vector<XorbChunk> chunks,
      ReadXorb(call.request.body, [&file](std::string_view data) { return file.Write(data); }));
  if (HashOf(chunks) != *named) return Problem(400, "", "the xorb does not have this hash");
  // The index comes last: it says that the xorb is whole.
  ARROW_RETURN_NOT_OK(file.Publish(path));
  ARROW_RETURN_NOT_OK(WriteWhole(hub.objects.temp_folder(), path + ".index",
                                 RenderXorbIndex(chunks), hub.objects.durable()));
  return Json(200, {{"was_inserted", true}});
}

// One stored xorb, open for reading.
class StoredXorb {
 public:
  static Result<std::unique_ptr<StoredXorb>> Open(const HubState& hub, const XetHash& hash) {
    const std::string path = XorbPath(hub, XetHex(hash));
    const Result<std::string> index = ReadWhole(path + ".index", kIndexBytesMax);
    const int fd = index.ok() ? open(path.c_str(), O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) return DataRefused("shard: it names a xorb that was not uploaded");
    auto xorb = std::make_unique<StoredXorb>(fd, hash);
    ARROW_ASSIGN_OR_RAISE(xorb->chunks_, ParseXorbIndex(*index));
    return xorb;
  }
  StoredXorb(int fd, const XetHash& hash) : fd_(fd), hash_(hash) {}
  ~StoredXorb() { close(fd_); }
  StoredXorb(const StoredXorb&) = delete;
  StoredXorb& operator=(const StoredXorb&) = delete;

  const XetHash& hash() const { return hash_; }
  const std::vector<XorbChunk>& chunks() const { return chunks_; }
  Status Unpack(size_t chunk, std::string* raw) {
    const XorbChunk& wanted = chunks_[chunk];
    packed_.resize(wanted.packed_bytes);
    const ssize_t count = pread(fd_, packed_.data(), packed_.size(), wanted.offset);
    if (count != static_cast<ssize_t>(packed_.size())) return RunFailed("a stored xorb is short");
    return UnpackChunk(wanted, packed_, raw);
  }

 private:
  int fd_;
  XetHash hash_;
  std::vector<XorbChunk> chunks_;
  std::string packed_;
};

Status CheckTerm(const ShardTerm& term, const StoredXorb& xorb, std::vector<SizedHash>* file) {
  if (term.end > xorb.chunks().size()) return DataRefused("shard: a term beyond its xorb");
  std::string hashes;
  uint64_t bytes = 0;
  for (size_t i = term.first; i < term.end; ++i) {
    const XorbChunk& chunk = xorb.chunks()[i];
    hashes.append(reinterpret_cast<const char*>(chunk.hash.data()), chunk.hash.size());
    bytes += chunk.raw_bytes;
    file->push_back({chunk.hash, chunk.raw_bytes});
  }
  if (bytes != term.raw_bytes) return DataRefused("shard: a term's length is wrong");
  if (term.verification && VerificationHash(hashes) != *term.verification) {
    return DataRefused("shard: a term's verification hash is wrong");
  }
  return Status::OK();
}

Status RebuildFile(const HubState& hub, const ShardFile& file) {
  if (!file.sha256.empty() && hub.objects.SizeOf(file.sha256)) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto object, hub.objects.NewObject());
  std::vector<SizedHash> chunks;
  std::unique_ptr<StoredXorb> xorb;
  std::string raw;
  for (const ShardTerm& term : file.terms) {
    if (!xorb || xorb->hash() != term.xorb) {
      ARROW_ASSIGN_OR_RAISE(xorb, StoredXorb::Open(hub, term.xorb));
    }
    ARROW_RETURN_NOT_OK(CheckTerm(term, *xorb, &chunks));
    for (size_t i = term.first; i < term.end; ++i) {
      ARROW_RETURN_NOT_OK(xorb->Unpack(i, &raw));
      ARROW_RETURN_NOT_OK(object->Write(raw));
      if (object->size() > kRebuiltBytesMax) return DataRefused("shard: a file is too large");
    }
  }
  if (FileHash(chunks) != file.hash) return DataRefused("shard: a file's hash is wrong");
  return object->Finish(file.sha256, -1).status();
}

Result<Response> StoreShard(const Call& call) {
  ARROW_ASSIGN_OR_RAISE(const std::string shard, call.request.body->ReadAll(kShardBytesMax));
  ARROW_ASSIGN_OR_RAISE(const std::vector<ShardFile> files, ParseShard(shard));
  for (const ShardFile& file : files) {
    if (!file.terms.empty()) ARROW_RETURN_NOT_OK(RebuildFile(call.hub, file));
  }
  return Json(200, {{"result", 1}});
}

}  // namespace

Result<Response> XetToken(const Call& call, const RepoId& id, bool write) {
  const bool is_pull = call.request.Flag("create_pr");
  RepoAccess access = FindRepo(call, id, write && !is_pull ? Need::kWrite : Need::kFiles);
  if (access.problem) return std::move(*access.problem);
  if (write && call.caller.account == nullptr) return Problem(401, "", "a token is needed");
  const int64_t expires_s = NowSeconds() + kTokenLifeS;
  const std::string url = call.origin + "/cas/" + call.hub.store_id;
  const std::string token = MakeToken(call.hub, write, expires_s);
  Response response = Json(200, {{"accessToken", token}, {"exp", expires_s}, {"casUrl", url}});
  response.Set("X-Xet-Cas-Url", url);
  response.Set("X-Xet-Access-Token", token);
  response.Set("X-Xet-Token-Expiration", std::to_string(expires_s));
  return response;
}

Result<Response> XetCas(const Call& call, Rest rest) {
  const bool post = call.request.method == "POST";
  const bool xorb = post && rest.size() == 5 && rest[1] == "v1" && rest[2] == "xorbs";
  const bool shard = post && rest.size() == 3 && rest[1] == "v1" && rest[2] == "shards";
  if ((!xorb && !shard) || rest[0] != call.hub.store_id) return Problem(404, "", "no such route");
  if (!MayUpload(call.hub, call.request.Header("Authorization"))) {
    return Problem(401, "", "the Xet token is wrong or has expired");
  }
  return xorb ? StoreXorb(call, rest[4]) : StoreShard(call);
}

}  // namespace hubmill::local_hub

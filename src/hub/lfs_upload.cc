// Large files by LFS: one batch call asks the Hub where each file goes, then the bytes are streamed
// there, whole (basic) or in parts (multipart).  What the Hub has already, it does not ask for: so
// an upload that broke off goes on with the files that are missing.
//
// The addresses are signed and expire; where one is refused (403) the Hub is asked for new ones.
#include <algorithm>
#include <charconv>
#include <map>

#include "core/parallel.h"
#include "hub/session.h"
#include "net/redact.h"
#include "net/url.h"

namespace hubmill {
namespace {

constexpr char kLfsType[] = "application/vnd.git-lfs+json";
constexpr int kAddressTriesMax = 3;
constexpr int64_t kPartsMax = 10'000;
constexpr int64_t kPartBytesMax = int64_t{5} << 30;

struct LfsTarget {
  std::string upload_href;
  std::string verify_href;
  std::vector<std::string> headers;      // Basic only.
  int64_t chunk_bytes = 0;               // Multipart only.
  std::map<int64_t, std::string> parts;  // Number, from 1, to its address.
};

class LfsUpload {
 public:
  LfsUpload(HubSession& session, const RepoId& repo, const std::string& branch, Progress* progress,
            std::atomic<int64_t>* bytes_uploaded)
      : session_(session),
        repo_(repo),
        branch_(branch),
        progress_(progress),
        sent_(bytes_uploaded) {}

  Status Upload(const std::vector<LargeFile>& files);

 private:
  Result<Json> AskBatch(const std::vector<LargeFile>& files);
  Result<std::optional<LfsTarget>> ParseTarget(const Json& object, const LargeFile& file) const;
  Result<HttpResponse> SendBytes(const LargeFile& file, const std::string& href,
                                 std::vector<std::string> headers, int64_t offset, int64_t bytes);
  Result<HttpResponse> SendParts(const LargeFile& file, const LfsTarget& target);
  Status Verify(const LargeFile& file, const LfsTarget& target);
  Result<bool> UploadOne(const LargeFile& file, const LfsTarget& target);
  std::string OwnOrigin(const std::string& href) const;
  void Count(int64_t bytes) {
    if (progress_ != nullptr) progress_->bytes_done.fetch_add(bytes);
  }

  HubSession& session_;
  const RepoId& repo_;
  const std::string& branch_;
  Progress* progress_;
  std::atomic<int64_t>* sent_;
};

// The public Hub's own name in an address stands for whichever endpoint we talk to.
std::string LfsUpload::OwnOrigin(const std::string& href) const {
  constexpr std::string_view kPublic = "https://huggingface.co/";
  if (href.compare(0, kPublic.size(), kPublic) != 0) return href;
  return session_.options().endpoint + href.substr(kPublic.size() - 1);
}

Result<Json> LfsUpload::AskBatch(const std::vector<LargeFile>& files) {
  Json objects = Json::array();
  for (const LargeFile& file : files) {
    objects.push_back({{"oid", file.sha256}, {"size", file.size_bytes}});
  }
  const Json body = {{"operation", "upload"},
                     {"transfers", {"basic", "multipart"}},
                     {"objects", std::move(objects)},
                     {"hash_algo", "sha256"},
                     {"ref", {{"name", branch_}}}};
  HttpRequest request =
      session_.Request("POST", repo_.WebPath() + ".git/info/lfs/objects/batch", progress_);
  request.headers = {Concat("Accept: ", kLfsType), Concat("Content-Type: ", kLfsType)};
  request.body = DumpJson(body);
  ARROW_ASSIGN_OR_RAISE(
      Json answer,
      session_.AskJson(std::move(request), {.what = "upload large files", .repo = repo_.full()}));
  if (!answer.is_object() || !answer.contains("objects") || !answer["objects"].is_array()) {
    return Failure(FailureKind::kService, "the Hub's LFS answer names no objects");
  }
  return std::move(answer["objects"]);
}

// Nothing where the Hub has the file already.
Result<std::optional<LfsTarget>> LfsUpload::ParseTarget(const Json& object,
                                                        const LargeFile& file) const {
  if (object.contains("error")) {
    return Failure(FailureKind::kService,
                   Concat("the Hub refuses a large file: path=", OneLine(file.add->path, 120),
                          " hub_says=", OneLine(TextOf(object["error"], "message"), 200),
                          "; remedy: see the Hub's own words"));
  }
  if (!object.contains("actions") || !object["actions"].is_object() ||
      !object["actions"].contains("upload")) {
    return std::nullopt;
  }
  const Json& actions = object["actions"];
  LfsTarget target{.upload_href = OwnOrigin(TextOf(actions["upload"], "href"))};
  if (actions.contains("verify")) target.verify_href = OwnOrigin(TextOf(actions["verify"], "href"));
  const Json header = actions["upload"].value("header", Json::object());
  const std::string chunk =
      header.is_object() && header.contains("chunk_size")
          ? (header["chunk_size"].is_string() ? TextOf(header, "chunk_size")
                                              : std::to_string(IntOf(header, "chunk_size", 0)))
          : "";
  for (const auto& [key, value] : header.items()) {
    if (!value.is_string() || key == "chunk_size") continue;
    int64_t number = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number);
    if (error == std::errc() && end == key.data() + key.size()) {
      target.parts[number] = OwnOrigin(value.get<std::string>());
    } else {
      target.headers.push_back(key + ": " + value.get<std::string>());
    }
  }
  if (chunk.empty()) return target;
  std::from_chars(chunk.data(), chunk.data() + chunk.size(), target.chunk_bytes);
  const int64_t size = target.chunk_bytes;
  const int64_t count = size > 0 ? (file.size_bytes + size - 1) / size : 0;
  const bool complete = size > 0 && size <= kPartBytesMax && count <= kPartsMax && count > 0 &&
                        static_cast<int64_t>(target.parts.size()) == count &&
                        target.parts.begin()->first == 1 && target.parts.rbegin()->first == count;
  if (!complete) {
    return Failure(FailureKind::kService,
                   "the Hub's LFS answer has other parts than the file: parts=" +
                       std::to_string(target.parts.size()));
  }
  return target;
}

Result<HttpResponse> LfsUpload::SendBytes(const LargeFile& file, const std::string& href,
                                          std::vector<std::string> headers, int64_t offset,
                                          int64_t bytes) {
  HttpRequest request{.method = "PUT", .url = href, .headers = std::move(headers)};
  request.headers.push_back("Content-Type: application/octet-stream");
  if (file.add->file.empty()) {
    request.body = file.add->bytes.substr(static_cast<size_t>(offset), static_cast<size_t>(bytes));
  } else {
    request.body_file = file.add->file;
    request.body_offset = offset;
    request.body_bytes = bytes;
  }
  if (progress_ != nullptr) {
    request.cancel = &progress_->cancel;
    request.bytes_done = &progress_->bytes_done;
  }
  ARROW_ASSIGN_OR_RAISE(HttpResponse response, session_.http().Send(request));
  if (response.ok()) {
    sent_->fetch_add(bytes);
    if (file.add->file.empty()) Count(bytes);
  }
  return response;
}

Result<HttpResponse> LfsUpload::SendParts(const LargeFile& file, const LfsTarget& target) {
  std::vector<std::string> etags(target.parts.size());
  std::mutex mutex;
  std::optional<HttpResponse> refused;
  ARROW_RETURN_NOT_OK(
      ForEachParallel(etags.size(), session_.options().threads, [&](size_t i) -> Status {
        {
          const std::lock_guard lock(mutex);
          if (refused) return Status::OK();
        }
        const int64_t offset = static_cast<int64_t>(i) * target.chunk_bytes;
        const int64_t bytes = std::min(target.chunk_bytes, file.size_bytes - offset);
        ARROW_ASSIGN_OR_RAISE(
            HttpResponse response,
            SendBytes(file, target.parts.at(static_cast<int64_t>(i) + 1), {}, offset, bytes));
        etags[i] = response.Header("etag");
        if (response.ok() && etags[i].empty()) {
          return Failure(FailureKind::kService, "the Hub's storage gives no ETag for a part");
        }
        if (!response.ok()) {
          const std::lock_guard lock(mutex);
          refused = std::move(response);
        }
        return Status::OK();
      }));
  if (refused) return *refused;
  Json parts = Json::array();
  for (size_t i = 0; i < etags.size(); ++i) {
    parts.push_back({{"partNumber", i + 1}, {"etag", etags[i]}});
  }
  HttpRequest request{.method = "POST", .url = target.upload_href};
  request.headers = {Concat("Accept: ", kLfsType), Concat("Content-Type: ", kLfsType)};
  request.body = DumpJson({{"oid", file.sha256}, {"parts", std::move(parts)}});
  request.stall_s = kCommitStallS;
  if (progress_ != nullptr) request.cancel = &progress_->cancel;
  return session_.http().Send(request);
}

Status LfsUpload::Verify(const LargeFile& file, const LfsTarget& target) {
  if (target.verify_href.empty()) return Status::OK();
  HttpRequest request{.method = "POST", .url = target.verify_href};
  const bool ours = OriginOf(target.verify_href) == OriginOf(session_.options().endpoint);
  if (ours) request.bearer = session_.options().token;
  request.headers = {Concat("Accept: ", kLfsType), Concat("Content-Type: ", kLfsType)};
  request.body = DumpJson({{"oid", file.sha256}, {"size", file.size_bytes}});
  return session_.AskDone(
      std::move(request),
      {.what = "verify a large file", .repo = repo_.full(), .path = file.add->path});
}

// False where the address was refused and a new one may help.
Result<bool> LfsUpload::UploadOne(const LargeFile& file, const LfsTarget& target) {
  ARROW_ASSIGN_OR_RAISE(const HttpResponse response,
                        target.chunk_bytes > 0 ? SendParts(file, target)
                                               : SendBytes(file, target.upload_href, target.headers,
                                                           0, file.size_bytes));
  if (response.status == 403) return false;
  if (!response.ok()) {
    return session_.Refuse(
        response, {.what = "upload a large file", .repo = repo_.full(), .path = file.add->path});
  }
  ARROW_RETURN_NOT_OK(Verify(file, target));
  return true;
}

Status LfsUpload::Upload(const std::vector<LargeFile>& files) {
  std::vector<LargeFile> left = files;
  for (int round = 1; !left.empty(); ++round) {
    ARROW_ASSIGN_OR_RAISE(const Json objects, AskBatch(left));
    std::map<std::string, Json> by_oid;
    for (const Json& object : objects) by_oid[TextOf(object, "oid")] = object;
    std::vector<LargeFile> refused;
    for (const LargeFile& file : left) {
      const auto found = by_oid.find(file.sha256);
      if (found == by_oid.end()) {
        return Failure(FailureKind::kService, "the Hub's LFS answer leaves out a file");
      }
      ARROW_ASSIGN_OR_RAISE(const auto target, ParseTarget(found->second, file));
      if (!target) {  // There already.
        Count(file.size_bytes);
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(const bool stored, UploadOne(file, *target));
      if (!stored) refused.push_back(file);
    }
    if (!refused.empty() && round >= kAddressTriesMax) {
      return Failure(FailureKind::kService,
                     "the Hub's storage refuses a large file (403), again and again: path=" +
                         OneLine(refused[0].add->path, 120) +
                         "; remedy: check this machine's clock and any proxy between");
    }
    left = std::move(refused);
  }
  return Status::OK();
}

}  // namespace

Status UploadLargeFiles(HubSession& session, const RepoId& repo, const std::string& branch,
                        const std::vector<LargeFile>& files, Progress* progress,
                        std::atomic<int64_t>* bytes_uploaded) {
  return LfsUpload(session, repo, branch, progress, bytes_uploaded).Upload(files);
}

}  // namespace hubmill

// Large files by git-lfs's batch protocol, "basic" and the Hub's "multipart" (spec hub.md, 1.5).
//
// The addresses in a batch answer are used without a token, so they are signed: they carry the
// object, its size and an expiry under the Hub's secret.  Parts of a multipart upload are kept as
// files of their own until the completion joins them into the store.
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "hub/local/routes.h"

namespace hubmill::local_hub {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t kObjectsMax = 1'000;
constexpr int64_t kObjectBytesMax = int64_t{1} << 42;
constexpr int64_t kPartsMax = 10'000;
constexpr int64_t kAddressLifeS = 24 * 3600;
constexpr size_t kCopyBytes = 1 << 20;
constexpr char kLfsType[] = "application/vnd.git-lfs+json";

Response LfsJson(int status, const json& value) {
  return Response(status, kLfsType, value.dump(-1, ' ', false, json::error_handler_t::replace));
}

int64_t NumberOf(std::string_view text) {
  int64_t value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : -1;
}

// "/lfs/{verb}/{oid}?size=…&exp=…&sig=…"
std::string Address(const Call& call, const std::string& verb, const std::string& oid,
                    int64_t size) {
  const int64_t expires = NowSeconds() + kAddressLifeS;
  const std::string signature =
      Sign(call.hub, verb + "|" + oid + "|" + std::to_string(size), expires);
  return call.origin + "/lfs/" + verb + "/" + oid + "?size=" + std::to_string(size) +
         "&exp=" + std::to_string(expires) + "&sig=" + signature;
}

json UploadActions(const Call& call, const std::string& verify, const std::string& oid,
                   int64_t size, bool multipart) {
  json upload;
  if (multipart) {
    const int64_t part_bytes = call.hub.multipart_bytes;
    const int64_t parts = (size + part_bytes - 1) / part_bytes;
    const std::string upload_id = RandomHex(8);
    json header = {{"chunk_size", std::to_string(part_bytes)}};
    for (int64_t part = 1; part <= parts; ++part) {
      std::string number = std::to_string(part);
      number.insert(0, number.size() < 5 ? 5 - number.size() : 0, '0');
      header[number] = Address(call, "part-" + upload_id + "-" + std::to_string(part), oid, size);
    }
    upload = {
        {"href", Address(call, "complete-" + upload_id + "-" + std::to_string(parts), oid, size)},
        {"header", header}};
  } else {
    upload = {{"href", Address(call, "put", oid, size)}};
  }
  return {{"upload", upload}, {"verify", {{"href", verify}}}};
}

json ObjectError(json object, int code, const char* message) {
  object["error"] = {{"code", code}, {"message", message}};
  return object;
}

json AnswerObject(const Call& call, const RepoId& id, const json& wanted, bool upload,
                  bool multipart) {
  const std::string oid = wanted.value("oid", "");
  const int64_t size = wanted.value("size", int64_t{-1});
  json object = {{"oid", oid}, {"size", size}};
  if (!IsLowerHex(oid, 64) || size < 0 || size > kObjectBytesMax) {
    return ObjectError(std::move(object), 422, "not a SHA-256 and a size");
  }
  const std::optional<int64_t> stored = call.hub.objects.SizeOf(oid);
  if (upload) {
    if (stored && *stored == size) return object;  // Present: no actions.
    const int64_t parts_bytes = call.hub.multipart_bytes;
    const bool in_parts =
        multipart && parts_bytes > 0 && size > parts_bytes && size / parts_bytes < kPartsMax;
    object["authenticated"] = true;
    object["actions"] = UploadActions(call, call.origin + id.WebPath() + ".git/info/lfs/verify",
                                      oid, size, in_parts);
    return object;
  }
  if (!stored) return ObjectError(std::move(object), 404, "object does not exist");
  object["authenticated"] = true;
  object["actions"] = {{"download", {{"href", Address(call, "get", oid, *stored)}}}};
  return object;
}

Status CopyBody(BodyReader* body, int64_t bytes_max,
                const std::function<Status(std::string_view)>& sink) {
  std::string buffer(kCopyBytes, '\0');
  for (int64_t total = 0;;) {
    ARROW_ASSIGN_OR_RAISE(const size_t count, body->Read(buffer.data(), buffer.size()));
    if (count == 0) return Status::OK();
    total += static_cast<int64_t>(count);
    if (total > bytes_max) return DataRefused("request body too large: bytes_max=", bytes_max);
    ARROW_RETURN_NOT_OK(sink(std::string_view(buffer).substr(0, count)));
  }
}

Result<Response> PutObject(const Call& call, const std::string& oid, int64_t size) {
  ARROW_ASSIGN_OR_RAISE(const auto object, call.hub.objects.NewObject());
  ARROW_RETURN_NOT_OK(CopyBody(call.request.body, size,
                               [&](std::string_view data) { return object->Write(data); }));
  ARROW_RETURN_NOT_OK(object->Finish(oid, size).status());
  return LfsJson(200, json::object());
}

std::string PartPath(const HubState& hub, const std::string& upload_id, int64_t part) {
  return hub.root + "/parts/" + upload_id + "/" + std::to_string(part);
}

Result<Response> PutPart(const Call& call, const std::string& upload_id, int64_t part) {
  const ObjectStore& objects = call.hub.objects;
  ARROW_ASSIGN_OR_RAISE(DurableFile file, DurableFile::Create(objects.temp_folder(), false));
  Sha256 hash;
  ARROW_RETURN_NOT_OK(
      CopyBody(call.request.body, call.hub.multipart_bytes, [&](std::string_view data) {
        hash.Update(data);
        return file.Write(data);
      }));
  ARROW_RETURN_NOT_OK(file.Publish(PartPath(call.hub, upload_id, part)));
  Response response = LfsJson(200, json::object());
  response.Set("ETag", "\"" + hash.Hex() + "\"");
  return response;
}

Status AppendFile(const std::string& path, ObjectStore::Writer* object) {
  FILE* file = std::fopen(path.c_str(), "rbe");
  if (!file) return DataRefused("a part of the upload is missing");
  std::string buffer(kCopyBytes, '\0');
  Status status;
  for (size_t count; status.ok() && (count = std::fread(buffer.data(), 1, buffer.size(), file));) {
    status = object->Write(std::string_view(buffer).substr(0, count));
  }
  std::fclose(file);
  return status;
}

Result<Response> Complete(const Call& call, const std::string& oid, int64_t size,
                          const std::string& upload_id, int64_t parts) {
  ARROW_ASSIGN_OR_RAISE(const json body, JsonBody(call.request));
  if (body.value("oid", "") != oid || !body.contains("parts") ||
      static_cast<int64_t>(body["parts"].size()) != parts) {
    return Problem(400, "", "the completion does not name the upload's parts");
  }
  if (call.hub.objects.SizeOf(oid) != size) {  // A repeated completion finds it stored.
    ARROW_ASSIGN_OR_RAISE(const auto object, call.hub.objects.NewObject());
    for (int64_t part = 1; part <= parts; ++part) {
      ARROW_RETURN_NOT_OK(AppendFile(PartPath(call.hub, upload_id, part), object.get()));
    }
    ARROW_RETURN_NOT_OK(object->Finish(oid, size).status());
  }
  std::error_code error;
  fs::remove_all(fs::path(PartPath(call.hub, upload_id, 0)).parent_path(), error);
  return LfsJson(200, {{"oid", oid}});
}

}  // namespace

Result<Response> LfsBatch(const Call& call, const RepoId& id) {
  ARROW_ASSIGN_OR_RAISE(const json body, JsonBody(call.request));
  const bool upload = body.value("operation", "") == "upload";
  RepoAccess access = FindRepo(call, id, upload ? Need::kWrite : Need::kFiles);
  if (access.problem) {
    access.problem->Set("WWW-Authenticate", "Basic realm=\"hubmill\"");
    return std::move(*access.problem);
  }
  const json objects = body.value("objects", json::array());
  if (!objects.is_array() || objects.size() > kObjectsMax) {
    return Problem(413, "", "too many objects: at most 1,000");
  }
  bool offered = false;
  for (const json& transfer : body.value("transfers", json::array())) {
    offered = offered || transfer == "multipart";
  }
  bool used = false;
  json answers = json::array();
  for (const json& wanted : objects) {
    if (!wanted.is_object()) return Problem(400, "", "an object is not a JSON object");
    answers.push_back(AnswerObject(call, access.repo->id(), wanted, upload, offered));
    const json& last = answers.back();
    used = used || (last.contains("actions") && last["actions"].contains("upload") &&
                    last["actions"]["upload"].contains("header"));
  }
  return LfsJson(
      200,
      {{"transfer", used ? "multipart" : "basic"}, {"objects", answers}, {"hash_algo", "sha256"}});
}

Result<Response> LfsVerify(const Call& call, const RepoId& id) {
  ARROW_ASSIGN_OR_RAISE(const json body, JsonBody(call.request));
  RepoAccess access = FindRepo(call, id, Need::kWrite);
  if (access.problem) return std::move(*access.problem);
  const std::optional<int64_t> stored = call.hub.objects.SizeOf(body.value("oid", ""));
  if (!stored) return Problem(404, "", "the object was not uploaded");
  if (body.value("size", int64_t{-1}) != *stored) return Problem(400, "", "the size differs");
  return LfsJson(200, json::object());
}

Result<Response> LfsTransfer(const Call& call, Rest rest) {
  const Request& request = call.request;
  if (rest.size() != 2 || !IsLowerHex(rest[1], 64)) return Problem(404, "", "no such address");
  const std::string &verb = rest[0], &oid = rest[1];
  const int64_t size = NumberOf(request.Query("size"));
  if (!IsSigned(call.hub, verb + "|" + oid + "|" + std::to_string(size),
                NumberOf(request.Query("exp")), request.Query("sig"))) {
    return Problem(403, "", "the address has expired or was changed");
  }
  // Everything in `verb` is ours from here on: it was signed.
  if (verb == "put" && request.method == "PUT") return PutObject(call, oid, size);
  if (verb == "get" && (request.method == "GET" || request.method == "HEAD")) {
    Response response;
    ARROW_ASSIGN_OR_RAISE(FileBody file, call.hub.objects.Open(oid));
    response.file.emplace(std::move(file));
    response.Set("Content-Type", "application/octet-stream");
    return response;
  }
  const size_t first = verb.find('-'), last = verb.rfind('-');
  if (first == std::string::npos || first == last) return Problem(404, "", "no such address");
  const std::string upload_id = verb.substr(first + 1, last - first - 1);
  const int64_t number = NumberOf(std::string_view(verb).substr(last + 1));
  if (verb.starts_with("part-") && request.method == "PUT") {
    return PutPart(call, upload_id, number);
  }
  if (verb.starts_with("complete-") && request.method == "POST") {
    return Complete(call, oid, size, upload_id, number);
  }
  return Problem(404, "", "no such address");
}

}  // namespace hubmill::local_hub

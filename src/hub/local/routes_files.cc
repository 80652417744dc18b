// Downloads: plain HTTP with ranges for small and large files alike (spec hub.md, 1.7).
#include <nlohmann/json.hpp>

#include "hub/local/routes.h"

namespace hubmill::local_hub {
namespace {

// Cuts `response` down to what the Range header asks for.
void ApplyRange(std::string_view header, Response* response) {
  const int64_t size =
      response->file ? response->file->size() : static_cast<int64_t>(response->body.size());
  ByteRange range = {0, 0};
  switch (ParseRange(header, size, &range)) {
    case RangeKind::kWhole:
      return;
    case RangeKind::kUnsatisfiable:
      response->status = 416;
      response->file.reset();
      response->body.clear();
      response->Set("Content-Range", "bytes */" + std::to_string(size));
      return;
    case RangeKind::kPart:
      break;
  }
  const int64_t length = range.last - range.first + 1;
  response->status = 206;
  response->Set("Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                     std::to_string(range.last) + "/" + std::to_string(size));
  if (response->file) {
    response->file->Narrow(range.first, length);
  } else {
    response->body =
        response->body.substr(static_cast<size_t>(range.first), static_cast<size_t>(length));
  }
}

}  // namespace

Result<Response> ResolveFile(const Call& call, const RepoId& id, Rest rest, bool raw) {
  RepoAccess access = FindRepo(call, id, Need::kFiles);
  if (access.problem) return std::move(*access.problem);
  ARROW_ASSIGN_OR_RAISE(const HubRepo::Lease git, access.repo->Git());
  FoundRevision found = FindRevision(*git, rest[0]);
  if (found.problem) return std::move(*found.problem);
  const std::string path = JoinPath(rest.subspan(1));
  std::optional<TreeEntry> entry = git->EntryAt(found.commit, path);
  if (!entry || entry->is_folder) return EntryNotFound(found.commit, path);
  git->Describe(&*entry);
  Response response;
  response.Set("X-Repo-Commit", found.commit);
  response.Set("Accept-Ranges", "bytes");
  response.Set("X-Content-Type-Options", "nosniff");
  if (entry->lfs && !raw) {
    ARROW_ASSIGN_OR_RAISE(FileBody file, call.hub.objects.Open(entry->lfs->sha256));
    if (file.size() != entry->lfs->size) {
      return RunFailed("a stored object has a wrong size: sha256=", entry->lfs->sha256);
    }
    response.file.emplace(std::move(file));
    response.Set("ETag", "\"" + entry->lfs->sha256 + "\"");
    response.Set("X-Linked-ETag", "\"" + entry->lfs->sha256 + "\"");
    response.Set("X-Linked-Size", std::to_string(entry->lfs->size));
    response.Set("Content-Type", "application/octet-stream");
  } else {
    ARROW_ASSIGN_OR_RAISE(response.body, git->ReadBlob(entry->oid));
    response.Set("ETag", "\"" + entry->oid + "\"");
    response.Set("Content-Type", "text/plain; charset=utf-8");
  }
  ApplyRange(call.request.Header("Range"), &response);
  return response;
}

}  // namespace hubmill::local_hub

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "hub/local/path_rules.h"
#include "hub/local/routes.h"

namespace hubmill::local_hub {
namespace {

using nlohmann::json;

constexpr size_t kFilesMax = 1'000;
constexpr int64_t kRegularBytesMax = 10'000'000;

// A NUL, or bytes that no UTF-8 text has.  A character cut off by the sample's end counts as text.
bool LooksBinary(std::string_view sample) {
  for (const char c : sample) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0 || byte == 0xC0 || byte == 0xC1 || byte >= 0xF5) return true;
  }
  for (size_t i = 0; i < sample.size();) {
    const auto lead = static_cast<unsigned char>(sample[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (lead >= 0x80 && lead < 0xC2) return true;
    for (size_t k = 1; k < length && i + k < sample.size(); ++k) {
      if ((static_cast<unsigned char>(sample[i + k]) & 0xC0) != 0x80) return true;
    }
    i += length;
  }
  return false;
}

std::string FileText(const GitStore& git, const std::string& commit, const std::string& path) {
  std::optional<TreeEntry> entry = git.EntryAt(commit, path);
  if (!entry || entry->is_folder) return "";
  git.Describe(&*entry);
  if (entry->lfs || entry->size > (1 << 20)) return "";
  const Result<std::string> text = git.ReadBlob(entry->oid);
  return text.ok() ? *text : "";
}

}  // namespace

Result<Response> Preupload(const Call& call, const RepoId& id, Rest rest) {
  ARROW_ASSIGN_OR_RAISE(const json body, JsonBody(call.request));
  const bool is_pull = call.request.Flag("create_pr");
  RepoAccess access = FindRepo(call, id, is_pull ? Need::kRead : Need::kWrite);
  if (access.problem) return std::move(*access.problem);
  ARROW_ASSIGN_OR_RAISE(const HubRepo::Lease git, access.repo->Git());
  FoundRevision found = FindRevision(*git, rest[0]);
  if (found.problem) return std::move(*found.problem);
  const auto files = body.find("files");
  if (files == body.end() || !files->is_array()) return Problem(400, "", "no list `files`");
  if (files->size() > kFilesMax) return Problem(413, "", "too many files: at most 1,000");
  const auto patterns = ParseLfsPatterns(FileText(*git, found.commit, ".gitattributes"));
  const auto sent = body.find("gitIgnore");
  const auto ignore = ParseIgnore(sent != body.end() && sent->is_string()
                                      ? sent->get<std::string>()
                                      : FileText(*git, found.commit, ".gitignore"));
  json answers = json::array();
  for (const json& file : *files) {
    const std::string path = file.at("path").get<std::string>();
    if (const char* problem = PathProblem(path)) {
      return Problem(400, "", std::string("a file name is not allowed: ") + problem);
    }
    const int64_t size = file.value("size", int64_t{0});
    const std::string sample = DecodeBase64(file.value("sample", std::string())).value_or("");
    const bool large =
        size > 0 && (size > kRegularBytesMax || IsLfsPath(patterns, path) || LooksBinary(sample));
    json answer = {{"path", path},
                   {"uploadMode", large ? "lfs" : "regular"},
                   {"shouldIgnore", IsIgnored(ignore, path)}};
    std::optional<TreeEntry> entry = git->EntryAt(found.commit, path);
    if (entry && !entry->is_folder) {
      git->Describe(&*entry);
      answer["oid"] = entry->lfs ? entry->lfs->sha256 : entry->oid;
    }
    answers.push_back(std::move(answer));
  }
  return Json(200, {{"files", answers}, {"commitOid", found.commit}});
}

}  // namespace hubmill::local_hub

#include <algorithm>
#include <nlohmann/json.hpp>

#include "hub/local/front_matter.h"
#include "hub/local/routes.h"

namespace hubmill::local_hub {
namespace {

using nlohmann::json;

constexpr int64_t kReadmeBytesMax = 16 << 20;

json Siblings(const GitStore& git, std::vector<TreeEntry> entries, bool blobs, int64_t* used) {
  json siblings = json::array();
  for (TreeEntry& entry : entries) {
    if (entry.is_folder) continue;
    git.Describe(&entry);
    *used += entry.size;
    json sibling = {{"rfilename", entry.path}};
    if (blobs) {
      sibling["size"] = entry.size;
      sibling["blobId"] = entry.oid;
      if (entry.lfs) {
        sibling["lfs"] = {{"sha256", entry.lfs->sha256},
                          {"size", entry.size},
                          {"pointerSize", RenderPointer(*entry.lfs).size()}};
      }
    }
    siblings.push_back(std::move(sibling));
  }
  return siblings;
}

json Card(const GitStore& git, const std::string& commit) {
  std::optional<TreeEntry> readme = git.EntryAt(commit, "README.md");
  if (!readme || readme->is_folder) return nullptr;
  git.Describe(&*readme);
  if (readme->lfs || readme->size > kReadmeBytesMax) return nullptr;
  const Result<std::string> text = git.ReadBlob(readme->oid);
  if (!text.ok()) return nullptr;
  const Result<json> card = ParseFrontMatter(*text);
  return card.ok() ? *card : json(nullptr);
}

json Tags(const json& card) {
  json tags = json::array();
  if (!card.is_object()) return tags;
  const auto list = card.find("tags");
  if (list != card.end() && list->is_array()) {
    for (const json& tag : *list) {
      if (tag.is_string()) tags.push_back(tag);
    }
  }
  const auto license = card.find("license");
  if (license != card.end() && license->is_string()) {
    tags.push_back("license:" + license->get<std::string>());
  }
  return tags;
}

}  // namespace

Result<Response> RepoInfo(const Call& call, const RepoId& wanted, const std::string& revision) {
  RepoAccess access = FindRepo(call, wanted, Need::kRead);
  if (access.problem) return std::move(*access.problem);
  const RepoId id = access.repo->id();
  ARROW_ASSIGN_OR_RAISE(const HubRepo::Lease git, access.repo->Git());
  FoundRevision found = FindRevision(*git, revision);
  if (found.problem) return std::move(*found.problem);
  const json meta = access.repo->meta();
  const json card = Card(*git, found.commit);
  auto entries = git->List(found.commit, "", true);
  int64_t used = 0;
  json info = {{"_id", HmacHex("repo", id.WebPath()).substr(0, 24)},
               {"id", id.Full()},
               {"author", id.owner},
               {"sha", found.commit},
               {"lastModified", FormatTime(git->InfoOf(found.commit).time_s)},
               {"createdAt", meta.value("createdAt", Now())},
               {"private", meta.value("private", false)},
               {"gated", meta.value("gated", json(false))},
               {"disabled", false},
               {"downloads", 0},
               {"likes", 0},
               {"tags", Tags(card)}};
  info["siblings"] = Siblings(*git, std::move(*entries), call.request.Flag("blobs"), &used);
  info["usedStorage"] = used;
  if (card.is_object()) info["cardData"] = card;
  if (id.type == RepoType::kModel) info["modelId"] = id.Full();
  if (id.type == RepoType::kSpace) {
    info["sdk"] = meta.value("sdk", "static");
    info["runtime"] = meta.value("runtime", json::object());
  }
  json expanded = {{"id", info["id"]}, {"_id", info["_id"]}};
  bool expand = false;
  for (const auto& [name, value] : call.request.query) {
    if (name != "expand") continue;
    expand = true;
    if (info.contains(value)) expanded[value] = info[value];
    if (value == "xetEnabled") expanded[value] = true;
  }
  return Json(200, expand ? expanded : info);
}

}  // namespace hubmill::local_hub

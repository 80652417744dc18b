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

// What the commit alone decides, as an object.
json ContentOf(const GitStore& git, const std::string& commit, bool blobs) {
  const json card = Card(git, commit);
  int64_t used = 0;
  auto entries = git.List(commit, "", true);
  json content = {{"sha", commit},
                  {"lastModified", FormatTime(git.InfoOf(commit).time_s)},
                  {"tags", Tags(card)},
                  {"siblings", Siblings(git, std::move(*entries), blobs, &used)}};
  content["usedStorage"] = used;
  if (card.is_object()) content["cardData"] = card;
  return content;
}

// What may change without a commit.
json StateOf(const RepoId& id, const json& meta) {
  json state = {{"_id", HmacHex("repo", id.WebPath()).substr(0, 24)},
                {"id", id.Full()},
                {"author", id.owner},
                {"createdAt", meta.value("createdAt", Now())},
                {"private", meta.value("private", false)},
                {"gated", meta.value("gated", json(false))},
                {"disabled", false},
                {"downloads", 0},
                {"likes", 0}};
  if (id.type == RepoType::kModel) state["modelId"] = id.Full();
  if (id.type == RepoType::kSpace) {
    state["sdk"] = meta.value("sdk", "static");
    state["runtime"] = meta.value("runtime", json::object());
  }
  return state;
}

// The members of `info` that the query names, and the id.
json Expanded(const json& info, const Pairs& query) {
  json expanded = {{"id", info["id"]}, {"_id", info["_id"]}};
  for (const auto& [name, value] : query) {
    if (name != "expand") continue;
    if (info.contains(value)) expanded[value] = info[value];
    if (value == "xetEnabled") expanded[value] = true;
  }
  return expanded;
}

}  // namespace

Result<Response> RepoInfo(const Call& call, const RepoId& wanted, const std::string& revision) {
  RepoAccess access = FindRepo(call, wanted, Need::kRead);
  if (access.problem) return std::move(*access.problem);
  const RepoId id = access.repo->id();
  ARROW_ASSIGN_OR_RAISE(const HubRepo::Lease git, access.repo->Git());
  FoundRevision found = FindRevision(*git, revision);
  if (found.problem) return std::move(*found.problem);
  const bool blobs = call.request.Flag("blobs");
  const std::string key = Concat("info ", found.commit, blobs);
  std::shared_ptr<const CachedAnswer> content = call.hub.answers.Find(key);
  if (!content) {
    content = call.hub.answers.Keep(key, {Json(200, ContentOf(*git, found.commit, blobs)).body});
  }
  const json state = StateOf(id, access.repo->meta());
  if (FindPair(call.request.query, "expand") != nullptr) {
    json info = json::parse(content->body);
    info.update(state);
    return Json(200, Expanded(info, call.request.query));
  }
  Response response = Json(200, state);  // Both objects as one; neither is empty.
  response.body.back() = ',';
  response.body.append(content->body, 1);
  return response;
}

}  // namespace hubmill::local_hub

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/json_depth.h"
#include "hub/local/routes.h"

namespace hubmill::local_hub {
namespace {

using nlohmann::json;

constexpr size_t kExpandedPageMax = 50;
constexpr size_t kHistoryDepthMax = 1'000;
constexpr size_t kPathsMax = 1'000;

size_t CountOr(std::string_view text, size_t otherwise) {
  size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return text.empty() || error != std::errc() ? otherwise : value;
}

void AddLastCommits(const GitStore& git, const std::string& commit,
                    const std::vector<TreeEntry>& entries, json* list) {
  const std::vector<CommitInfo> changes = git.LastChanges(commit, entries, kHistoryDepthMax);
  for (size_t i = 0; i < entries.size(); ++i) {
    json& item = (*list)[i];
    item["lastCommit"] = {{"id", changes[i].id},
                          {"title", changes[i].title},
                          {"date", FormatTime(changes[i].time_s)}};
    if (!entries[i].is_folder) {
      item["securityFileStatus"] = {
          {"status", "unscanned"}, {"avScan", nullptr}, {"pickleImportScan", nullptr}};
    }
  }
}

struct PageRange {
  size_t cursor;
  size_t limit;
  bool expand;
};
CachedAnswer RenderPage(const GitStore& git, const std::string& commit,
                        const std::vector<TreeEntry>& entries, const PageRange& range) {
  const size_t begin = std::min(range.cursor, entries.size());
  const size_t end = std::min(begin + range.limit, entries.size());
  std::vector<TreeEntry> page(entries.begin() + begin, entries.begin() + end);
  json list = json::array();
  for (TreeEntry& entry : page) {
    git.Describe(&entry);
    list.push_back(EntryJson(entry));
  }
  if (range.expand) AddLastCommits(git, commit, page, &list);
  return {Json(200, list).body, end < entries.size() ? end : 0};
}

}  // namespace

FoundRevision FindRevision(const GitStore& git, const std::string& revision) {
  // "None" is what clients write into token addresses of a pull request that is still to come.
  const std::string wanted = revision.empty() || revision == "None" ? "main" : revision;
  std::optional<std::string> commit = git.Resolve(wanted);
  if (commit) return {std::move(*commit), std::nullopt};
  return {"", Problem(404, "RevisionNotFound", "Invalid rev id: " + wanted.substr(0, 200))};
}

Response EntryNotFound(const std::string& commit, const std::string& path) {
  Response response = Problem(404, "EntryNotFound", "Entry not found: " + path.substr(0, 500));
  response.Set("X-Repo-Commit", commit);  // Clients remember the absence at this commit.
  return response;
}

json EntryJson(const TreeEntry& entry) {
  json item = {{"type", entry.is_folder ? "directory" : "file"},
               {"oid", entry.oid},
               {"size", entry.size},
               {"path", entry.path}};
  if (entry.lfs) {
    item["lfs"] = {{"oid", entry.lfs->sha256},
                   {"size", entry.lfs->size},
                   {"pointerSize", RenderPointer(*entry.lfs).size()}};
  }
  return item;
}

std::string JoinPath(Rest rest) {
  std::string path;
  for (const std::string& segment : rest) path += path.empty() ? segment : "/" + segment;
  while (path.ends_with('/')) path.pop_back();
  return path;
}

Result<Response> ShowTree(const Call& call, const RepoId& id, Rest rest) {
  RepoAccess access = FindRepo(call, id, Need::kRead);
  if (access.problem) return std::move(*access.problem);
  ARROW_ASSIGN_OR_RAISE(const HubRepo::Lease git, access.repo->Git());
  FoundRevision found = FindRevision(*git, rest[0]);
  if (found.problem) return std::move(*found.problem);
  const std::string path = JoinPath(rest.subspan(1));
  const bool recursive = call.request.Flag("recursive"), expand = call.request.Flag("expand");
  size_t limit = std::min(CountOr(call.request.Query("limit"), call.hub.page_entries_max),
                          call.hub.page_entries_max);
  if (expand) limit = std::min(limit, kExpandedPageMax);
  limit = std::max<size_t>(limit, 1);
  const size_t cursor = CountOr(call.request.Query("cursor"), 0);
  const std::string key =
      Concat("tree ", found.commit, recursive, expand, " ", limit, " ", cursor, " ", path);
  std::shared_ptr<const CachedAnswer> page = call.hub.answers.Find(key);
  if (!page) {
    const auto entries = git->List(found.commit, path, recursive);
    if (!entries) return EntryNotFound(found.commit, path);
    page = call.hub.answers.Keep(key,
                                 RenderPage(*git, found.commit, *entries, {cursor, limit, expand}));
  }
  Response response(200, kJsonType, page->body);
  response.Set("X-Repo-Commit", found.commit);
  if (page->next_cursor > 0) {
    // Pinned to the commit, so that pages of one listing agree although somebody commits.
    response.Set("Link",
                 "<" + call.origin + "/api/" + NameOf(id.type) + "s/" + id.Full() + "/tree/" +
                     found.commit + (path.empty() ? "" : "/" + PercentEncode(path, false)) +
                     "?recursive=" + (recursive ? "true" : "false") +
                     "&expand=" + (expand ? "true" : "false") + "&limit=" + std::to_string(limit) +
                     "&cursor=" + std::to_string(page->next_cursor) + ">; rel=\"next\"");
  }
  return response;
}

Result<Response> PathsInfo(const Call& call, const RepoId& id, Rest rest) {
  RepoAccess access = FindRepo(call, id, Need::kRead);
  if (access.problem) return std::move(*access.problem);
  ARROW_ASSIGN_OR_RAISE(const std::string body, call.request.body->ReadAll(kJsonBytesMax));
  std::vector<std::string> paths;
  bool expand = false;
  if (call.request.Header("Content-Type").find("json") != std::string_view::npos) {
    const json value = IsShallowJson(body) ? json::parse(body, nullptr, false) : json();
    if (!value.is_object() || !value.contains("paths") || !value["paths"].is_array()) {
      return Problem(400, "", "the body has no list `paths`");
    }
    for (const json& path : value["paths"]) {
      if (path.is_string()) paths.push_back(path);
    }
    expand = value.value("expand", json(false)) == json(true);
  } else {
    for (auto& [name, value] : ParseQuery(body)) {
      if (name == "paths") paths.push_back(std::move(value));
      if (name == "expand") expand = value == "true" || value == "True";
    }
  }
  if (paths.size() > kPathsMax) return Problem(413, "", "too many paths: at most 1,000");
  ARROW_ASSIGN_OR_RAISE(const HubRepo::Lease git, access.repo->Git());
  FoundRevision found = FindRevision(*git, rest[0]);
  if (found.problem) return std::move(*found.problem);
  std::vector<TreeEntry> entries;
  json list = json::array();
  for (const std::string& path : paths) {
    std::optional<TreeEntry> entry = git->EntryAt(found.commit, JoinPath({&path, 1}));
    if (!entry || entry->path.empty()) continue;
    git->Describe(&*entry);
    list.push_back(EntryJson(*entry));
    entries.push_back(std::move(*entry));
  }
  if (expand) AddLastCommits(*git, found.commit, entries, &list);
  return Json(200, list);
}

}  // namespace hubmill::local_hub

// Two plain pages, so that a person can look at what was published.
#include "hub/local/routes.h"

namespace hubmill::local_hub {
namespace {

std::string Escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out.push_back(c);
  }
  return out;
}

Response Page(const std::string& title, const std::string& body) {
  Response response(200, "text/html; charset=utf-8",
                    "<!doctype html><meta charset=utf-8><title>" + Escape(title) + "</title><h1>" +
                        Escape(title) + "</h1>\n" + body);
  response.Set("Content-Security-Policy", "default-src 'none'");
  return response;
}

}  // namespace

Result<Response> BrowseAll(const Call& call) {
  std::string body = "<ul>\n";
  for (const RepoType type : {RepoType::kDataset, RepoType::kModel, RepoType::kSpace}) {
    for (const auto& repo : call.hub.catalog->All(type)) {
      const RepoId id = repo->id();
      if (FindRepo(call, id, Need::kRead).problem) continue;
      body += "<li><a href=\"" + id.WebPath() + "\">" + Escape(id.WebPath()) + "</a></li>\n";
    }
  }
  return Page("hubmill: local Hub", body + "</ul>\n");
}

Result<Response> BrowseRepo(const Call& call, const RepoId& id) {
  RepoAccess access = FindRepo(call, id, Need::kFiles);
  if (access.problem) return std::move(*access.problem);
  ARROW_ASSIGN_OR_RAISE(const HubRepo::Lease git, access.repo->Git());
  FoundRevision found = FindRevision(*git, "main");
  if (found.problem) return std::move(*found.problem);
  const std::string path = access.repo->id().WebPath();
  std::string body = "<p>commit " + found.commit + "</p><p><code>git clone " +
                     Escape(call.origin + path) + "</code></p>\n<ul>\n";
  auto entries = git->List(found.commit, "", true);
  for (TreeEntry& entry : *entries) {
    if (entry.is_folder) continue;
    git->Describe(&entry);
    body += "<li><a href=\"" + path + "/resolve/main/" + PercentEncode(entry.path, true) + "\">" +
            Escape(entry.path) + "</a> " + std::to_string(entry.size) + " bytes</li>\n";
  }
  return Page(access.repo->id().Full(), body + "</ul>\n");
}

}  // namespace hubmill::local_hub

// Files from the Hub.  The revision is pinned to a commit first; a file grows under a name of its
// own that holds its checksum (so a later call resumes it, and only it), and is renamed when the
// checksum is right.
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "core/parallel.h"
#include "hub/digest.h"
#include "hub/secrets_file.h"
#include "hub/session.h"
#include "net/redact.h"
#include "net/url.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPartNameDigits = 20;
constexpr std::string_view kTraceFolder = ".hubmill/";

std::string ResolvePath(const RepoId& repo, const std::string& revision, const std::string& path) {
  return Concat(repo.WebPath(), "/resolve/", EncodeUrl(revision), "/", EncodeUrl(path, true));
}

std::string Unquoted(std::string etag) {
  if (etag.compare(0, 2, "W/") == 0) etag.erase(0, 2);
  std::erase(etag, '"');
  return etag;
}

int64_t NumberOf(const std::string& text) {
  int64_t value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool IsDigest(const std::string& text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

int64_t SizeOf(const std::string& file) {
  struct stat facts {};
  return stat(file.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) ? int64_t{facts.st_size} : -1;
}

Result<bool> HasDigest(const std::string& file, const FileFacts& facts) {
  if (SizeOf(file) != facts.size_bytes) return false;
  ARROW_ASSIGN_OR_RAISE(const FileDigest digest,
                        facts.digest.size() == 64 ? Sha256OfFile(file) : GitBlobIdOfFile(file));
  return digest.hex == facts.digest;
}

Status MakeFolderOf(const std::string& file) {
  std::error_code error;
  const fs::path folder = fs::path(file).parent_path();
  if (!folder.empty()) fs::create_directories(folder, error);
  if (!error) return Status::OK();
  return RunFailed("cannot make a folder: folder=", OneLine(folder.string()),
                   " error=", error.message());
}

// Fetches what is missing of `part`.
Status FetchPart(HubSession& session, const RepoId& repo, const std::string& path,
                 const FileFacts& facts, const std::string& part, Progress* progress) {
  HttpRequest request = session.Request("GET", ResolvePath(repo, facts.commit, path), progress);
  request.download_file = part;
  request.download_have = std::max<int64_t>(SizeOf(part), 0);
  if (request.download_have >= facts.size_bytes) request.download_have = 0;
  if (progress != nullptr) request.bytes_done = &progress->bytes_done;
  request.bulk = true;
  const HubQuestion question{
      .what = "download a file", .repo = repo.full(), .revision = facts.commit, .path = path};
  ARROW_ASSIGN_OR_RAISE(const HttpResponse response, session.Send(request, question));
  return response.ok() ? Status::OK() : session.Refuse(response, question);
}

// True where bytes came over the network, false where the right file was there.
Result<bool> FetchVerified(HubSession& session, const RepoId& repo, const std::string& path,
                           const FileFacts& facts, const std::string& local, Progress* progress) {
  ARROW_ASSIGN_OR_RAISE(const bool there, HasDigest(local, facts));
  if (there) {
    if (progress != nullptr) progress->bytes_done.fetch_add(facts.size_bytes);
    return false;
  }
  ARROW_RETURN_NOT_OK(MakeFolderOf(local));
  const std::string part = Concat(local, ".", facts.digest.substr(0, kPartNameDigits), ".part");
  ARROW_ASSIGN_OR_RAISE(bool right, HasDigest(part, facts));
  for (int round = 0; round < 2 && !right; ++round) {
    if (round > 0) unlink(part.c_str());  // What was resumed may have been wrong from its start.
    ARROW_RETURN_NOT_OK(FetchPart(session, repo, path, facts, part, progress));
    ARROW_ASSIGN_OR_RAISE(right, HasDigest(part, facts));
  }
  if (!right) {
    unlink(part.c_str());
    return Failure(
        FailureKind::kService,
        Concat("a download has a wrong checksum: repo=", repo.full(), " path=", OneLine(path, 120),
               " wanted=", facts.digest,
               "; remedy: run this again; if it stays, the Hub or a proxy alters files"));
  }
  if (rename(part.c_str(), local.c_str()) != 0) {
    return RunFailed("cannot put a download in its place: file=", OneLine(local),
                     " error=", std::strerror(errno));
  }
  return true;
}

// Why an answer is not `count` bytes from `first` of the file that was asked for; empty where it
// is.
std::string WhyWrongRange(const HttpResponse& response, const FileFacts& facts, int64_t first,
                          int64_t count) {
  const bool whole = count == facts.size_bytes;
  if (response.status != 206 && !(whole && response.status == 200)) return "it ignores ranges";
  if (static_cast<int64_t>(response.body.size()) != count) return "the length";
  const std::string range = Concat("bytes ", first, "-", first + count - 1, "/", facts.size_bytes);
  if (response.status == 206 && response.Header("content-range") != range) return "the range";
  // Where a redirect leads to a store, only the Hub's own answer speaks of the file.
  const HttpHeaders& headers = response.first_headers;
  auto named = headers.find("x-linked-etag");
  if (named == headers.end()) named = headers.find("etag");
  const std::string etag = named == headers.end() ? "" : Unquoted(named->second);
  if (IsDigest(etag) && etag != facts.digest) return "the checksum it names";
  if (!whole) return "";
  DigestStream digest(KindOfDigest(facts.digest), count);
  digest.Update(response.body);
  return digest.Hex() == facts.digest ? "" : "the checksum of its bytes";
}

bool Matches(const std::vector<std::string>& patterns, const std::string& path) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return fnmatch(pattern.c_str(), path.c_str(), 0) == 0;
  });
}

FileFacts FactsOf(const TreeEntry& entry, const std::string& commit) {
  return {.commit = commit,
          .digest = entry.large() ? entry.sha256 : entry.git_id,
          .size_bytes = entry.size_bytes};
}

}  // namespace

Result<FileFacts> HubClient::Facts(const RepoId& repo, const std::string& revision,
                                   const std::string& path) {
  ARROW_RETURN_NOT_OK(CheckRevision(revision));
  ARROW_RETURN_NOT_OK(CheckRepoPath(path));
  HttpRequest request = session_->Request("HEAD", ResolvePath(repo, revision, path));
  request.follow_other_origins = false;
  const HubQuestion question{
      .what = "look at a file", .repo = repo.full(), .revision = revision, .path = path};
  ARROW_ASSIGN_OR_RAISE(const HttpResponse response, session_->Send(request, question));
  if (response.status < 200 || response.status >= 400) return session_->Refuse(response, question);
  const std::string linked_etag = response.Header("x-linked-etag");
  const std::string linked_size = response.Header("x-linked-size");
  FileFacts facts{.commit = response.Header("x-repo-commit"),
                  .digest = Unquoted(linked_etag.empty() ? response.Header("etag") : linked_etag),
                  .size_bytes = NumberOf(linked_size.empty() ? response.Header("content-length")
                                                             : linked_size)};
  if (IsCommitId(facts.commit) && IsDigest(facts.digest) && facts.size_bytes >= 0) return facts;
  return Failure(
      FailureKind::kService,
      Concat("this does not look like a Hub: a file has no commit, size or checksum: repo=",
             repo.full(), " path=", OneLine(path, 120), "; remedy: check the endpoint"));
}

Result<std::optional<std::string>> HubClient::ReadFile(const RepoId& repo,
                                                       const std::string& revision,
                                                       const std::string& path, int64_t bytes_max) {
  ARROW_RETURN_NOT_OK(CheckRevision(revision));
  ARROW_RETURN_NOT_OK(CheckRepoPath(path));
  HttpRequest request = session_->Request("GET", ResolvePath(repo, revision, path));
  request.response_bytes_max = bytes_max;
  const HubQuestion question{
      .what = "read a file", .repo = repo.full(), .revision = revision, .path = path};
  ARROW_ASSIGN_OR_RAISE(HttpResponse response, session_->Send(request, question));
  if (response.ok()) return std::optional<std::string>(std::move(response.body));
  const bool has_token = !session_->options().token.empty();
  if (RefusalOf(response, has_token) == HubRefusal::kEntryNotFound) return std::nullopt;
  return session_->Refuse(response, question);
}

Result<std::string> HubClient::ReadRange(const RepoId& repo, const FileFacts& facts,
                                         const std::string& path, int64_t first, int64_t count,
                                         const Progress* progress) {
  if (first < 0 || count <= 0 || count > kResponseBytesMax || first > facts.size_bytes - count) {
    return WrongUsage("not a range of a file: first=", first, " count=", count);
  }
  ARROW_RETURN_NOT_OK(CheckRevision(facts.commit));
  ARROW_RETURN_NOT_OK(CheckRepoPath(path));
  HttpRequest request = session_->Request("GET", ResolvePath(repo, facts.commit, path), progress);
  request.range_first = first;
  request.range_last = first + count - 1;
  request.validate = [&](const HttpResponse& response) {
    const std::string why = WhyWrongRange(response, facts, first, count);
    if (why.empty()) return Status::OK();
    return Failure(
        FailureKind::kService,
        Concat("the Hub answered with other bytes than it was asked for: why=", why,
               " repo=", repo.full(), " path=", OneLine(path, 120),
               "; remedy: run this again; if it stays, the Hub or a proxy alters files"));
  };
  request.bulk = true;
  const HubQuestion question{
      .what = "read a part of a file", .repo = repo.full(), .revision = facts.commit, .path = path};
  ARROW_ASSIGN_OR_RAISE(HttpResponse response, session_->Send(request, question));
  if (response.ok()) return std::move(response.body);
  return session_->Refuse(response, question);
}

Result<DownloadResult> HubClient::DownloadFile(const RepoId& repo, const std::string& revision,
                                               const std::string& path, const std::string& local,
                                               Progress* progress) {
  ARROW_ASSIGN_OR_RAISE(const FileFacts facts, Facts(repo, revision, path));
  if (progress != nullptr) progress->bytes_total = facts.size_bytes;
  ARROW_ASSIGN_OR_RAISE(const bool fetched,
                        FetchVerified(*session_, repo, path, facts, local, progress));
  return DownloadResult{.commit = facts.commit,
                        .files = 1,
                        .files_unchanged = fetched ? 0 : 1,
                        .bytes = fetched ? facts.size_bytes : 0};
}

Result<DownloadResult> HubClient::DownloadRepo(const RepoId& repo, const std::string& revision,
                                               const std::string& folder,
                                               const DownloadOptions& options, Progress* progress) {
  ARROW_ASSIGN_OR_RAISE(const RepoInfo info, Info(repo, revision));
  ARROW_ASSIGN_OR_RAISE(std::vector<TreeEntry> entries,
                        ListTree(repo, info.commit, options.folder));
  std::erase_if(entries, [&](const TreeEntry& entry) {
    return entry.directory || (!options.include.empty() && !Matches(options.include, entry.path)) ||
           Matches(options.exclude, entry.path);
  });
  int64_t total = 0;
  for (const TreeEntry& entry : entries) total += entry.size_bytes;
  if (progress != nullptr) progress->bytes_total = total;
  std::atomic<int64_t> unchanged{0};
  std::atomic<int64_t> bytes{0};
  ARROW_RETURN_NOT_OK(
      ForEachParallel(entries.size(), session_->options().threads, [&](size_t i) -> Status {
        const TreeEntry& entry = entries[i];
        ARROW_ASSIGN_OR_RAISE(
            const bool fetched,
            FetchVerified(*session_, repo, entry.path, FactsOf(entry, info.commit),
                          folder + "/" + entry.path, progress));
        (fetched ? bytes : unchanged).fetch_add(fetched ? entry.size_bytes : 1);
        return Status::OK();
      }));
  return DownloadResult{.commit = info.commit,
                        .files = static_cast<int64_t>(entries.size()),
                        .files_unchanged = unchanged,
                        .bytes = bytes};
}

Result<std::vector<FolderDifference>> HubClient::CompareFolder(const RepoId& repo,
                                                               const std::string& revision,
                                                               const std::string& folder,
                                                               const std::string& prefix) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<std::string> local, ListLocalFiles(folder));
  ARROW_ASSIGN_OR_RAISE(const auto entries, ListTree(repo, revision, prefix, true, true));
  const std::string below = prefix.empty() ? "" : prefix + "/";
  std::map<std::string, TreeEntry> remote;
  for (const TreeEntry& entry : entries) {
    if (entry.directory || entry.path.compare(0, below.size(), below) != 0) continue;
    remote[entry.path.substr(below.size())] = entry;
  }
  const auto first = remote.lower_bound(std::string(kTraceFolder));
  const bool published = first != remote.end() && first->first.starts_with(kTraceFolder);
  std::vector<FolderDifference> differences;
  for (const std::string& path : local) {
    const auto found = remote.find(path);
    if (found == remote.end()) {
      const bool elsewhere = path == "manifest.json" && published;
      if (elsewhere || IsSecretsFile(path) || path.starts_with(kTraceFolder)) continue;
      differences.push_back({FolderDifference::Kind::kOnlyLocal, path});
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const bool same,
                          HasDigest(folder + "/" + path, FactsOf(found->second, "")));
    if (!same) differences.push_back({FolderDifference::Kind::kOther, path});
    remote.erase(found);
  }
  for (const auto& [path, entry] : remote) {
    // Every repository has one of the Hub's own making.
    if (path == ".gitattributes" && prefix.empty()) continue;
    if (path.starts_with(kTraceFolder)) continue;
    differences.push_back({FolderDifference::Kind::kOnlyRemote, path});
  }
  std::sort(differences.begin(), differences.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return differences;
}

Result<std::vector<std::string>> ListLocalFiles(const std::string& folder,
                                                std::vector<std::string>* skipped) {
  std::error_code error;
  if (fs::is_regular_file(folder, error)) {
    return std::vector<std::string>{fs::path(folder).filename().string()};
  }
  if (!fs::is_directory(folder, error)) {
    return WrongUsage("no such file or folder: path=", OneLine(folder));
  }
  std::vector<std::string> files;
  fs::recursive_directory_iterator walk(folder, fs::directory_options::none, error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    const fs::path relative = walk->path().lexically_relative(folder);
    const bool own =
        relative.filename() == ".git" ||
        (relative.filename() == "huggingface" && relative.parent_path().filename() == ".cache");
    std::error_code unknown;
    const fs::file_type type = fs::status(walk->path(), unknown).type();
    if (own) {
      if (type == fs::file_type::directory) walk.disable_recursion_pending();
    } else if (type == fs::file_type::regular) {
      files.push_back(relative.string());
    } else if (type == fs::file_type::not_found) {
      return WrongUsage("a link leads nowhere: path=", OneLine(walk->path().string()),
                        "; remedy: mend or remove it");
    } else if ((type != fs::file_type::directory || walk->is_symlink()) && skipped != nullptr) {
      skipped->push_back(relative.string());
    }
  }
  if (error) {
    return RunFailed("cannot list a folder: folder=", OneLine(folder), " error=", error.message());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace hubmill

// A commit of any number of files in one request.
//
// The body is read a line at a time and each regular file is written to git at once, outside any
// lock: a body of 100 MB costs the memory of its largest file, and slow writers do not wait for
// each other.  Only then the repository is locked, the parent compared, the tree made and the ref
// moved: the whole request takes effect or nothing does.
#include <nlohmann/json.hpp>

#include "hub/local/commit_body.h"
#include "hub/local/front_matter.h"
#include "hub/local/routes.h"

namespace hubmill::local_hub {
namespace {

using nlohmann::json;

struct ReadCommit {
  CommitLine header;
  std::vector<Change> changes;
};

Result<std::string> LargeFileBlob(const Call& call, const GitStore& git, const CommitLine& line) {
  const std::optional<int64_t> stored = call.hub.objects.SizeOf(line.sha256);
  if (!stored) {
    return DataRefused("a large file was not uploaded before the commit: path=", line.path,
                       " oid=", line.sha256);
  }
  if (line.size >= 0 && line.size != *stored) {
    return DataRefused("the size of a large file is wrong: path=", line.path, " stored=", *stored,
                       " named=", line.size);
  }
  return git.WriteBlob(RenderPointer({line.sha256, *stored}));
}

Result<std::string> CopiedBlob(const GitStore& git, const CommitLine& line,
                               const std::string& revision) {
  const FoundRevision found =
      FindRevision(git, line.source_revision.empty() ? revision : line.source_revision);
  const auto entry = found.problem ? std::nullopt : git.EntryAt(found.commit, line.source_path);
  if (!entry || entry->is_folder) {
    return DataRefused("the file to copy does not exist: path=", line.source_path);
  }
  return entry->oid;
}

Result<ReadCommit> ReadBody(const Call& call, const GitStore& git, const std::string& revision) {
  ReadCommit read;
  bool has_header = false;
  LineReader lines(call.request.body);
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const auto text, lines.Next(kCommitLineBytesMax));
    if (!text) break;
    ARROW_ASSIGN_OR_RAISE(CommitLine line, ParseCommitLine(*text));
    if (line.kind == LineKind::kHeader) {
      has_header = true;
      read.header = std::move(line);
      continue;
    }
    if (read.changes.size() == kCommitLinesMax) {
      return DataRefused("commit: too many files; remedy: at most ", kCommitLinesMax,
                         " in one commit");
    }
    Change change = {ChangeKind::kAdd, line.path, ""};
    switch (line.kind) {
      case LineKind::kFile: {
        if (line.path == "README.md") {
          ARROW_RETURN_NOT_OK(ParseFrontMatter(line.content).status());
        }
        ARROW_ASSIGN_OR_RAISE(change.blob, git.WriteBlob(line.content));
        break;
      }
      case LineKind::kLargeFile: {
        ARROW_ASSIGN_OR_RAISE(change.blob, LargeFileBlob(call, git, line));
        break;
      }
      case LineKind::kCopy: {
        ARROW_ASSIGN_OR_RAISE(change.blob, CopiedBlob(git, line, revision));
        break;
      }
      case LineKind::kDeletedFolder:
        change.kind = ChangeKind::kDeleteFolder;
        break;
      default:
        change.kind = ChangeKind::kDeleteFile;
        break;
    }
    read.changes.push_back(std::move(change));
  }
  if (!has_header || read.header.summary.empty()) {
    return DataRefused("commit: no header line with a summary");
  }
  return read;
}

bool NamesCommit(const std::string& prefix, const std::string& commit) {
  return prefix.size() >= 7 && commit.starts_with(prefix);
}

Response Done(const Call& call, const RepoId& id, const std::string& commit, int64_t pull) {
  json answer = {{"success", true},
                 {"commitOid", commit},
                 {"commitUrl", call.origin + id.WebPath() + "/commit/" + commit},
                 {"hookOutput", ""}};
  if (pull > 0) {
    answer["pullRequestUrl"] = call.origin + id.WebPath() + "/discussions/" + std::to_string(pull);
  }
  return Json(200, answer);
}

Result<Response> CommitTo(const Call& call, HubRepo* repo, const std::string& revision,
                          bool is_pull) {
  ARROW_ASSIGN_OR_RAISE(const HubRepo::Lease git, repo->Git());
  if (FoundRevision found = FindRevision(*git, revision); found.problem) {
    return std::move(*found.problem);
  }
  ARROW_ASSIGN_OR_RAISE(ReadCommit read, ReadBody(call, *git, revision));

  const std::lock_guard guard(repo->write_mutex);
  FoundRevision head = FindRevision(*git, revision);
  if (head.problem) return std::move(*head.problem);
  if (!read.header.parent.empty() && !NamesCommit(read.header.parent, head.commit)) {
    return Problem(
        412, "", "A commit has happened since. Please refresh and try again. head=" + head.commit);
  }
  std::optional<std::string> ref = git->BranchRef(revision);
  int64_t pull = 0;
  if (is_pull) {
    ARROW_ASSIGN_OR_RAISE(pull, NewPullRequest(repo, read.header.summary, read.header.description,
                                               call.caller.account->name));
    ref = "refs/pr/" + std::to_string(pull);
  }
  if (!ref) return Problem(400, "", "commits go to a branch or a pull request, not to " + revision);
  CommitRequest request = {.ref = *ref,
                           .base = head.commit,
                           .changes = std::move(read.changes),
                           .message = read.header.summary,
                           .author = call.caller.account->name};
  if (!read.header.description.empty()) request.message += "\n\n" + read.header.description;
  ARROW_ASSIGN_OR_RAISE(const std::string commit, git->Commit(request));
  return Done(call, repo->id(), commit, pull);
}

}  // namespace

Result<Response> CommitFiles(const Call& call, const RepoId& wanted, Rest rest) {
  const bool is_pull = call.request.Flag("create_pr");
  RepoAccess access = FindRepo(call, wanted, is_pull ? Need::kRead : Need::kWrite);
  if (access.problem) return std::move(*access.problem);
  if (call.caller.account == nullptr) return Problem(401, "", "Invalid username or password.");
  const std::string revision = rest[0] == "None" ? "main" : rest[0];
  ARROW_ASSIGN_OR_RAISE(Response response, CommitTo(call, access.repo.get(), revision, is_pull));
  // The commit stands, whatever becomes of this; what fails now is tried after the next one.
  (void)access.repo->MergePacks();
  return response;
}

}  // namespace hubmill::local_hub

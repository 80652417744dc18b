// A commit, from the question what would change to the new head.
//
//   modes     the Hub says which files are large (by LFS) and which lie within the commit
//   plan      the head is read; what is there already is dropped, folders become files
//   upload    large files are read once for their checksum and sent in small groups, several at a
//   time,
//             so that reading, asking and sending overlap
//   commit    one request with the head as its parent
//
// Where another writer was faster (412) the plan is made again on the new head, unless the caller
// named the parent.  Where the answer was lost on its way, the new plan finds nothing left to do:
// the commit had arrived, and is not made twice.
#include <algorithm>
#include <mutex>
#include <set>

#include "base/base64.h"
#include "base/hash.h"
#include "core/parallel.h"
#include "hub/commit_plan.h"
#include "hub/digest.h"
#include "net/redact.h"
#include "net/url.h"

namespace hubmill {
namespace {

constexpr int kCommitTriesMax = 12;    // Against faster writers.
constexpr size_t kGroupFilesMax = 32;  // Large files asked for together, and sent one by one.
constexpr size_t kGroupsAThread = 4;   // At least, so that all threads are busy to the end.
constexpr int64_t kGroupBytesMax = 256 << 20;

class CommitRun {
 public:
  CommitRun(HubClient& client, HubSession& session, const CommitRequest& request,
            Progress* progress)
      : client_(client), session_(session), request_(request), progress_(progress) {}

  Result<CommitResult> Run();

 private:
  Result<std::string> ReadHead();
  Status ReadThere();
  Status PlanDeletes();
  // What lies at a revision's path.
  using Sources = std::map<std::pair<std::string, std::string>, TreeEntry>;
  const std::string& RevisionOf(const CommitCopy& copy) const {
    return copy.from_revision.empty() ? plan_.head : copy.from_revision;
  }
  Status PlanCopy(const CommitCopy& copy, const Sources& sources, PlannedCopy* planned);
  Status PlanCopies();
  Status Plan();
  bool IsFirstOf(const std::string& sha256);
  Status UploadGroup(const std::vector<size_t>& group);
  Status UploadLarge();
  Status CheckCard();
  Status AddFileLine(const std::string& path, const std::string& bytes, CommitBody* body);
  Status WriteBody(CommitBody* body);
  Result<HttpResponse> Send();
  CommitResult Finish(const std::string& commit) const;
  HubQuestion Question(const char* what) const {
    return {.what = what, .repo = request_.repo.full(), .revision = request_.branch};
  }

  HubClient& client_;
  HubSession& session_;
  const CommitRequest& request_;
  Progress* progress_;
  CommitPlan plan_;
  std::atomic<int64_t> bytes_uploaded_{0};
  std::mutex sent_mutex_;
  std::set<std::string> sent_;  // Checksums of large files that some group sends.
};

Result<std::string> CommitRun::ReadHead() {
  ARROW_ASSIGN_OR_RAISE(const RepoInfo info, client_.Info(request_.repo, request_.branch));
  return info.commit;
}

// What the head has at every path that the request names.
Status CommitRun::ReadThere() {
  std::vector<std::string> paths;
  for (const CommitAdd& add : request_.adds) paths.push_back(add.path);
  for (const CommitCopy& copy : request_.copies) paths.push_back(copy.path);
  for (const std::string& path : request_.deletes) paths.push_back(path);
  ARROW_ASSIGN_OR_RAISE(const auto entries, client_.FindPaths(request_.repo, plan_.head, paths));
  plan_.there.clear();
  for (const TreeEntry& entry : entries) plan_.there[entry.path] = entry;
  return Status::OK();
}

Status CommitRun::PlanDeletes() {
  std::set<std::string> gone;
  for (const std::string& path : request_.deletes) {
    const auto found = plan_.there.find(path);
    if (found != plan_.there.end() && !found->second.directory) gone.insert(path);
  }
  for (const std::string& folder : request_.folder_deletes) {
    ARROW_ASSIGN_OR_RAISE(const auto entries,
                          client_.ListTree(request_.repo, plan_.head, folder, true, true));
    for (const TreeEntry& entry : entries) {
      if (entry.directory) continue;
      plan_.there[entry.path] = entry;
      gone.insert(entry.path);
    }
  }
  for (const CommitAdd& add : request_.adds) gone.erase(add.path);
  for (const CommitCopy& copy : request_.copies) gone.erase(copy.path);
  plan_.deletes.assign(gone.begin(), gone.end());
  return Status::OK();
}

Status CommitRun::PlanCopy(const CommitCopy& copy, const Sources& sources, PlannedCopy* planned) {
  const std::string& revision = RevisionOf(copy);
  const auto found = sources.find({revision, copy.from});
  if (found == sources.end() || found->second.directory) {
    return WrongUsage("there is no such file to copy: repo=", request_.repo.full(),
                      " revision=", OneLine(revision, 80), " path=", OneLine(copy.from, 120),
                      "; remedy: see `hubmill hub ls`");
  }
  *planned = {.path = copy.path, .from = found->second};
  const auto there = plan_.there.find(copy.path);
  planned->unchanged = there != plan_.there.end() && !there->second.directory &&
                       there->second.git_id == planned->from.git_id;
  if (planned->unchanged || planned->from.large() || request_.dry_run) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(auto bytes, client_.ReadFile(request_.repo, revision, copy.from));
  planned->bytes = bytes.value_or("");
  if (GitBlobId(planned->bytes) == planned->from.git_id) return Status::OK();
  return Failure(FailureKind::kService,
                 Concat("a file to copy has a wrong checksum: repo=", request_.repo.full(),
                        " path=", OneLine(copy.from, 120),
                        "; remedy: run this again; if it stays, the Hub or a proxy alters files"));
}

// All sources of a revision are asked for together.
Status CommitRun::PlanCopies() {
  std::map<std::string, std::vector<std::string>> paths;  // By revision.
  for (const CommitCopy& copy : request_.copies) paths[RevisionOf(copy)].push_back(copy.from);
  Sources sources;
  for (const auto& [revision, wanted] : paths) {
    ARROW_ASSIGN_OR_RAISE(const auto found, client_.FindPaths(request_.repo, revision, wanted));
    for (const TreeEntry& entry : found) sources.emplace(std::pair(revision, entry.path), entry);
  }
  plan_.copies.assign(request_.copies.size(), {});
  return ForEachParallel(request_.copies.size(), session_.options().threads, [&](size_t i) {
    return PlanCopy(request_.copies[i], sources, &plan_.copies[i]);
  });
}

Status CommitRun::Plan() {
  ARROW_ASSIGN_OR_RAISE(plan_.head, ReadHead());
  if (!request_.parent.empty() && plan_.head != request_.parent) {
    return StaleParentFailure(request_.repo.full(), request_.branch, request_.parent);
  }
  ARROW_RETURN_NOT_OK(ReadThere());
  ARROW_RETURN_NOT_OK(PlanDeletes());
  ARROW_RETURN_NOT_OK(PlanCopies());
  ARROW_RETURN_NOT_OK(CompareRegular(plan_.there, session_.options().threads, &plan_.adds));
  return UploadLarge();
}

// Whether no other file with these bytes was seen before.
bool CommitRun::IsFirstOf(const std::string& sha256) {
  const std::lock_guard guard(sent_mutex_);
  return sent_.insert(sha256).second;
}

Status CommitRun::UploadGroup(const std::vector<size_t>& group) {
  std::vector<LargeFile> missing;
  for (const size_t i : group) {
    PlannedAdd& planned = plan_.adds[i];
    if (progress_ != nullptr && progress_->cancel) return RunFailed("interrupted");
    const auto there = plan_.there.find(planned.add->path);
    const bool same_size = there != plan_.there.end() && there->second.large() &&
                           there->second.size_bytes == planned.size_bytes;
    const bool known = !planned.sha256.empty();  // From an earlier try; then it is uploaded, too.
    if (!known && request_.dry_run && !same_size) continue;
    if (!known && planned.add->file.empty()) planned.sha256 = Sha256Hex(planned.add->bytes);
    if (!known && !planned.add->file.empty()) {
      ARROW_ASSIGN_OR_RAISE(FileDigest digest, Sha256OfFile(planned.add->file));
      if (digest.size_bytes != planned.size_bytes) {
        return RunFailed("a file changed while it was uploaded: file=", OneLine(planned.add->file));
      }
      planned.sha256 = std::move(digest.hex);
    }
    planned.unchanged = same_size && there->second.sha256 == planned.sha256;
    if (known) continue;
    if (!planned.unchanged && IsFirstOf(planned.sha256)) {
      missing.push_back({planned.add, planned.sha256, planned.size_bytes});
    } else if (progress_ != nullptr) {
      progress_->bytes_done.fetch_add(planned.size_bytes);
    }
  }
  if (missing.empty() || request_.dry_run) return Status::OK();
  return UploadLargeFiles(session_, request_.repo, request_.branch, missing, progress_,
                          &bytes_uploaded_);
}

Status CommitRun::UploadLarge() {
  std::vector<std::vector<size_t>> groups;
  const size_t spread = plan_.adds.size() / (kGroupsAThread * session_.options().threads);
  const size_t files_max = std::clamp<size_t>(spread, 1, kGroupFilesMax);
  int64_t bytes = 0;
  for (size_t i = 0; i < plan_.adds.size(); ++i) {
    const PlannedAdd& planned = plan_.adds[i];
    if (!planned.large || planned.ignored) continue;
    const bool full = groups.empty() || groups.back().size() >= files_max ||
                      bytes + planned.size_bytes > kGroupBytesMax;
    if (full) {
      groups.emplace_back();
      bytes = 0;
    }
    groups.back().push_back(i);
    bytes += planned.size_bytes;
  }
  return ForEachParallel(groups.size(), session_.options().threads,
                         [&](size_t i) { return UploadGroup(groups[i]); });
}

// The Hub refuses a commit with a broken card; it is asked before anything is sent.
Status CommitRun::CheckCard() {
  for (const CommitAdd& add : request_.adds) {
    if (add.path != "README.md") continue;
    std::string text = add.bytes;
    if (!add.file.empty()) {
      ARROW_ASSIGN_OR_RAISE(text, ReadWholeFile(add.file, kInlineFileBytesMax));
    }
    const Json body = {{"content", text}, {"repoType", NameOf(request_.repo.type)}};
    ARROW_ASSIGN_OR_RAISE(
        const HttpResponse response,
        session_.Ask(session_.JsonRequest("POST", "/api/validate-yaml", body, progress_),
                     Question("check README.md")));
    if (response.status == 404) return Status::OK();  // A Hub that does not check.
    const Json answer = ParseJson(response.body);
    const bool listed =
        answer.is_object() && answer.contains("errors") && answer["errors"].is_array();
    if (response.ok() && (!listed || answer["errors"].empty())) return Status::OK();
    if (!response.ok() && response.status != 400) {
      return session_.Refuse(response, Question("check README.md"));
    }
    const std::string words =
        listed && !answer["errors"].empty() ? TextOf(answer["errors"][0], "message") : "";
    return DataRefused("the Hub refuses the front matter of README.md: hub_says=",
                       OneLine(words, 300, session_.secrets()),
                       "; remedy: correct the YAML between the two --- lines");
  }
  return Status::OK();
}

Status CommitRun::AddFileLine(const std::string& path, const std::string& bytes, CommitBody* body) {
  bytes_uploaded_.fetch_add(static_cast<int64_t>(bytes.size()));
  return body->Append(
      {{"key", "file"},
       {"value", {{"content", Base64(bytes)}, {"path", path}, {"encoding", "base64"}}}});
}

Status CommitRun::WriteBody(CommitBody* body) {
  Json header = {{"summary", request_.message.empty() ? "Upload with hubmill" : request_.message},
                 {"description", request_.description},
                 {"parentCommit", plan_.head}};
  ARROW_RETURN_NOT_OK(body->Append({{"key", "header"}, {"value", std::move(header)}}));
  for (const std::string& path : plan_.deletes) {
    ARROW_RETURN_NOT_OK(body->Append({{"key", "deletedFile"}, {"value", {{"path", path}}}}));
  }
  const auto large = [&](const std::string& path, const std::string& sha256, int64_t size) {
    return body->Append(
        {{"key", "lfsFile"},
         {"value", {{"path", path}, {"algo", "sha256"}, {"oid", sha256}, {"size", size}}}});
  };
  for (const PlannedAdd& planned : plan_.adds) {
    if (planned.unchanged || planned.ignored) continue;
    if (planned.large) {
      ARROW_RETURN_NOT_OK(large(planned.add->path, planned.sha256, planned.size_bytes));
    } else if (planned.add->file.empty()) {
      ARROW_RETURN_NOT_OK(AddFileLine(planned.add->path, planned.add->bytes, body));
    } else {
      ARROW_ASSIGN_OR_RAISE(const std::string bytes,
                            ReadWholeFile(planned.add->file, kInlineFileBytesMax));
      ARROW_RETURN_NOT_OK(AddFileLine(planned.add->path, bytes, body));
    }
  }
  for (const PlannedCopy& copy : plan_.copies) {
    if (copy.unchanged) continue;
    ARROW_RETURN_NOT_OK(copy.from.large() ? large(copy.path, copy.from.sha256, copy.from.size_bytes)
                                          : AddFileLine(copy.path, copy.bytes, body));
  }
  return Status::OK();
}

Result<HttpResponse> CommitRun::Send() {
  CommitBody body;
  ARROW_RETURN_NOT_OK(WriteBody(&body));
  HttpRequest request = session_.Request(
      "POST", request_.repo.ApiPath() + "/commit/" + EncodeUrl(request_.branch), progress_);
  request.headers.push_back("Content-Type: application/x-ndjson");
  request.stall_s = kCommitStallS;
  ARROW_RETURN_NOT_OK(body.MoveTo(&request));
  return session_.Ask(std::move(request), Question("commit"));
}

CommitResult CommitRun::Finish(const std::string& commit) const {
  CommitResult result{.commit = commit};
  for (const PlannedAdd& planned : plan_.adds) {
    if (planned.ignored) {
      result.ignored.push_back(planned.add->path);
    } else if (planned.unchanged) {
      ++result.files_unchanged;
    } else {
      result.added.push_back(planned.add->path);
    }
  }
  for (const PlannedCopy& copy : plan_.copies) {
    if (!copy.unchanged) result.added.push_back(copy.path);
  }
  result.deleted = plan_.deletes;
  result.bytes_uploaded = bytes_uploaded_;
  return result;
}

Result<CommitResult> CommitRun::Run() {
  ARROW_RETURN_NOT_OK(CheckCommitRequest(request_));
  if (!request_.dry_run) ARROW_RETURN_NOT_OK(CheckCard());
  ARROW_ASSIGN_OR_RAISE(plan_.adds, AskUploadModes(session_, request_, progress_));
  if (progress_ != nullptr) {
    int64_t total = 0;
    for (const PlannedAdd& planned : plan_.adds) total += planned.large ? planned.size_bytes : 0;
    progress_->bytes_total = total;
  }
  std::optional<CommitResult> intended;  // Of the try whose answer was lost.
  for (int round = 1;; ++round) {
    ARROW_RETURN_NOT_OK(Plan());
    if (plan_.ChangesNothing() && intended) {
      intended->commit = plan_.head;
      return *intended;
    }
    if (plan_.ChangesNothing() || request_.dry_run) {
      CommitResult result = Finish(plan_.head);
      result.unchanged = plan_.ChangesNothing();
      return result;
    }
    ARROW_ASSIGN_OR_RAISE(const HttpResponse response, Send());
    if (response.ok()) {
      const std::string commit = TextOf(ParseJson(response.body), "commitOid");
      if (IsCommitId(commit)) return Finish(commit);
      return Failure(FailureKind::kService, "the Hub does not say which commit it made");
    }
    const bool moved = response.status == 412 || response.status == 409;
    if (!moved) return session_.Refuse(response, Question("commit"));
    if (response.resent) intended = Finish("");
    if (!request_.parent.empty() && !response.resent) {
      return StaleParentFailure(request_.repo.full(), request_.branch, request_.parent);
    }
    if (!request_.parent.empty()) {
      // Ours may have arrived: then it is the head, and leaves nothing to do.
      CommitRequest anew = request_;
      anew.parent.clear();
      anew.dry_run = true;
      ARROW_ASSIGN_OR_RAISE(const CommitResult check,
                            CommitRun(client_, session_, anew, nullptr).Run());
      if (check.unchanged) {
        intended->commit = check.commit;
        return *intended;
      }
      return StaleParentFailure(request_.repo.full(), request_.branch, request_.parent);
    }
    if (round >= kCommitTriesMax) return session_.Refuse(response, Question("commit"));
    const auto cancelled = [&] { return progress_ != nullptr && progress_->cancel.load(); };
    const HttpOptions& http = session_.http().options();
    if (!http.clock->Pause(RetryDelayMs(http.retry, round, http.retry.seed + 1), cancelled)) {
      return RunFailed("interrupted");
    }
  }
}

}  // namespace

Result<CommitResult> HubClient::Commit(const CommitRequest& request, Progress* progress) {
  return CommitRun(*this, *session_, request, progress).Run();
}

}  // namespace hubmill

#include "run/security_audit.h"

#include <filesystem>
#include <fstream>
#include <set>

#include "io/temporary_folder.h"
#include "net/redact.h"
#include "run/file_texts.h"
#include "security/sets/eval_files.h"
#include "security/sets/leak_scan.h"
#include "text/pii.h"

namespace hubmill {
namespace {

/// A name of a stranger's file as a message may show it.
std::string ShownName(const std::string& name) {
  std::vector<PiiHit> hits;
  ScanPii(name, PiiKindsOf(PiiKind::kSecret), &hits);
  return hits.empty() ? OneLine(name) : "(a name that reads like a credential)";
}

/// Looks at the files of a repository, each different one once.
class Audit {
 public:
  Audit(HubClient& hub, RepoId repo, const PrivateRows* rows, bool is_public, AuditReport* report,
        Progress* progress)
      : hub_(hub),
        repo_(std::move(repo)),
        rows_(rows),
        is_public_(is_public),
        report_(report),
        progress_(progress) {}

  /// The newest commit of a ref.
  Status LookAt(const std::string& ref, const std::string& commit, bool kept,
                const std::string& scratch) {
    canary_due_ = kept;
    return LookAtTree(ref == "main" ? "" : ref + ":", commit, scratch);
  }

  /// A commit that led there: its message and what the ones looked at before do not have.
  Status LookAtEarlier(const HubCommit& commit, const std::string& scratch) {
    canary_due_ = false;
    earlier_ = true;
    const Status status = LookAtTree(commit.id + ":", commit.id, scratch);
    earlier_ = false;
    return status;
  }

  void LookAtMessage(const HubCommit& commit, bool earlier) {
    LeakScan scan(rows_);
    scan.Look(commit.message);
    canary_due_ = false;
    earlier_ = earlier;
    Judge(commit.id + ", its message", scan, scan.eval_rows());
    earlier_ = false;
  }

  void AddFault(const std::string& name, const std::string& what) { Fault(name, what); }

 private:
  Status LookAtTree(const std::string& prefix, const std::string& commit,
                    const std::string& scratch) {
    if (progress_->cancel) return RunFailed("interrupted");
    ++report_->commits;
    ARROW_ASSIGN_OR_RAISE(const auto entries,
                          hub_.ListTree(repo_, commit, "", true, /*missing_ok=*/true));
    for (const TreeEntry& entry : entries) {
      if (entry.directory || !seen_.insert(entry.path + '\0' + entry.git_id).second) continue;
      const std::string local = Concat(scratch, "/", ++report_->files);
      ARROW_RETURN_NOT_OK(hub_.DownloadFile(repo_, commit, entry.path, local, progress_).status());
      LookAtFile(prefix + entry.path, entry.path, local);
      std::error_code ignored;  // The folder goes with everything in it.
      std::filesystem::remove(local, ignored);
    }
    return Status::OK();
  }

  void Fault(const std::string& name, const std::string& what) {
    ++report_->faults;
    if (earlier_) ++report_->faults_earlier;
    if (report_->findings.size() < kAuditFindingsMax) {
      report_->findings.push_back(ShownName(name) + ": " + what);
    }
  }

  void LookAtFile(const std::string& shown, const std::string& name, const std::string& local) {
    LeakScan scan(rows_);
    scan.Look(name);
    const Result<FileTexts> read =
        ReadFileTexts(local, [&scan](std::string_view text) { scan.Look(text); });
    if (!read.ok()) Fault(shown, "cannot be read, so nobody knows what it holds");
    if (read.ok() && read->form == FileForm::kOther) {
      Fault(shown, "is no text and of no format that is read, so nobody knows what it holds");
    }
    if (read.ok() && read->form == FileForm::kPicture) {
      report_->pictures.push_back(ShownName(shown));
    }
    report_->texts += scan.texts();
    Judge(shown, scan, scan.eval_rows() || (read.ok() && read->eval_columns));
  }

  /// What of the finds is a fault of this repository.
  void Judge(const std::string& name, const LeakScan& scan, bool eval_rows) {
    const auto& found = scan.found();
    for (const auto& [leak, count] : found) {
      if (!is_public_ && leak != Leak::kSecret) continue;
      Fault(name, Concat("holds ", NameOf(leak), ": texts=", count));
    }
    const bool canary = found.contains(Leak::kCanary);
    const bool rows = eval_rows || found.contains(Leak::kQuestion);
    report_->canary |= canary;
    report_->rows |= rows;
    if (is_public_ && eval_rows) Fault(name, "has the columns of an evaluation set");
    if (!is_public_ && canary_due_ && rows && !canary) {
      Fault(name,
            "holds evaluation rows and no canary; remedy: publish it by `hubmill security "
            "push-canonical`");
    }
  }

  HubClient& hub_;
  const RepoId repo_;
  const PrivateRows* rows_;
  const bool is_public_;
  AuditReport* report_;
  Progress* progress_;
  std::set<std::string> seen_;
  bool canary_due_ = false;  // Of the files looked at, if they hold rows.
  bool earlier_ = false;     // They are of an earlier commit.
};

Status ReadPrivateRows(const std::vector<std::string>& dirs, PrivateRows* rows,
                       int64_t* other_lines) {
  for (const std::string& dir : dirs) {
    ARROW_ASSIGN_OR_RAISE(const std::vector<std::string> files, EvalFilesIn(dir));
    const size_t before = rows->size();
    for (const std::string& path : files) {
      std::ifstream file(path, std::ios::binary);
      if (!file) return RunFailed("cannot read a file: file=", path, "; remedy: its permissions");
      for (std::string line; std::getline(file, line);) {
        if (line.find_first_not_of(" \t\r") == line.npos) continue;
        if (!rows->AddLine(line)) ++*other_lines;
      }
    }
    if (rows->size() == before) {
      return WrongUsage("a folder of a private set holds no row: folder=", dir,
                        "; remedy: name the folder of its *.jsonl");
    }
  }
  return Status::OK();
}

struct Revision {
  std::string name;
  std::string commit;
  bool kept = true;  // A branch or tag, of which somebody takes care.
};

Result<std::vector<Revision>> RevisionsOf(HubClient& hub, HubHistory& history, const RepoId& repo,
                                          const AuditOptions& options, const RepoInfo& info) {
  std::vector<Revision> out;
  if (!options.revision.empty()) return {{{options.revision, info.commit}}};
  ARROW_ASSIGN_OR_RAISE(const RepoRefs refs, hub.ListRefs(repo));
  out.push_back({"main", info.commit});
  for (const auto* list : {&refs.branches, &refs.tags}) {
    for (const HubRef& ref : *list) {
      if (ref.name != "main") out.push_back({ref.name, ref.commit});
    }
  }
  ARROW_ASSIGN_OR_RAISE(const std::vector<HubRef> others, history.ListOtherRefs(repo));
  for (const HubRef& ref : others) out.push_back({ref.name, ref.commit, /*kept=*/false});
  return out;
}

/// What led to the revisions, each commit once.
Status LookAtHistory(HubHistory& history, const RepoId& repo,
                     const std::vector<Revision>& revisions, const AuditOptions& options,
                     const std::string& scratch, Audit* audit, AuditReport* report) {
  const bool told = options.commits_max > 0;
  const int64_t most = told ? options.commits_max : kAuditCommitsMax;
  std::set<std::string> newest;
  for (const Revision& revision : revisions) newest.insert(revision.commit);
  std::set<std::string> seen;
  bool cut = false;  // A list was; what led to a commit in it may lie behind its end.
  for (const Revision& revision : revisions) {
    if (!cut && seen.contains(revision.commit)) continue;  // And so was what led to it.
    bool more = false;
    ARROW_ASSIGN_OR_RAISE(const std::vector<HubCommit> commits,
                          history.ListCommits(repo, revision.commit, most, &more));
    for (const HubCommit& commit : commits) {
      if (!seen.insert(commit.id).second) continue;
      const bool earlier = !newest.contains(commit.id);
      audit->LookAtMessage(commit, earlier);
      if (earlier) ARROW_RETURN_NOT_OK(audit->LookAtEarlier(commit, scratch));
    }
    if (!more) continue;
    cut = true;
    report->cut.push_back(OneLine(revision.name, 100));
    if (told) continue;
    audit->AddFault(revision.name, Concat("has more than ", most,
                                          " commits, and nobody knows what older ones hold; "
                                          "remedy: --commits N"));
  }
  return Status::OK();
}

}  // namespace

Result<AuditReport> AuditRepo(HubClient& hub, HubHistory& history, const AuditOptions& options,
                              Progress* progress) {
  PrivateRows rows;
  AuditReport report;
  ARROW_RETURN_NOT_OK(ReadPrivateRows(options.private_dirs, &rows, &report.private_other));
  ARROW_ASSIGN_OR_RAISE(const RepoId named, ParseRepoId(options.repo));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, hub.Complete(named));
  ARROW_ASSIGN_OR_RAISE(const RepoInfo info,
                        hub.Info(repo, options.revision.empty() ? "main" : options.revision));
  report.repo = repo.full();
  report.is_private = info.is_private;
  report.gated = info.gated;
  report.private_rows = int64_t(rows.size());
  ARROW_ASSIGN_OR_RAISE(const auto revisions, RevisionsOf(hub, history, repo, options, info));
  ARROW_ASSIGN_OR_RAISE(const auto scratch, TemporaryFolder::Make("audit"));
  Audit audit(hub, repo, &rows, options.as_public || !info.is_private, &report, progress);
  for (const Revision& revision : revisions) {
    report.revisions.push_back(OneLine(revision.name, 100) + " " + revision.commit);
    ARROW_RETURN_NOT_OK(
        audit.LookAt(revision.name, revision.commit, revision.kept, scratch->path()));
  }
  ARROW_RETURN_NOT_OK(
      LookAtHistory(history, repo, revisions, options, scratch->path(), &audit, &report));
  return report;
}

}  // namespace hubmill

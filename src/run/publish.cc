// Read this from the bottom up.  Each round reads the branch, decides (publish_plan.h) and commits
// with the head it has read as the parent; the round that finds nothing to do is the last.  A
// process that was killed after its commit arrived, therefore, makes no second one.
#include "run/publish.h"

#include <algorithm>

#include "hub/digest.h"
#include "hub/hub_error.h"
#include "hub/ref_name.h"
#include "hub/write_access.h"
#include "io/file_output.h"
#include "io/temporary_folder.h"
#include "net/redact.h"
#include "run/publish_plan.h"
#include "run/published_columns.h"
#include "run/published_commit.h"
#include "run/published_trace.h"
#include "run/version_facts.h"

namespace hubmill {
namespace {

constexpr int kRoundsMax = 40;  // Against faster writers: some minutes.
constexpr RetryOptions kRoundDelays{.delay_ms_first = 100, .delay_ms_max = 10'000};
constexpr char kReadme[] = "README.md";
constexpr char kMetadata[] = "dataset_metadata.json";
constexpr int64_t kManifestBytesMax = 64 << 20;  // Of other runs, read into memory.

Status Service(std::string message) { return Failure(FailureKind::kService, std::move(message)); }

class Publisher {
 public:
  Publisher(HubClient& hub, const PublishOptions& options, Progress* progress)
      : hub_(hub), options_(options), progress_(progress) {}

  Status Check();
  Result<PublishReport> Publish(const std::string& folder);

 private:
  Status FindRepo();
  Status CreateRepo();
  Status ReadRemote();
  Status CheckNames(const RepoRefs& refs) const;
  Status ReadBranch(const RepoRefs& refs);
  Status ReadColumnsOf(const OutputContents& contents, const PlanOptions& options);
  Status CheckTag(bool changes) const;
  Status CheckGuard(bool guard_reports) const;
  Status CheckWrite();
  Status SetTag();
  Status CheckIgnored(const CommitRequest& request);
  /// Whether versions tell of themselves, so that one is made only where the data has changed.
  bool Versioned() const {
    return options_.tag.find('%') != std::string::npos || !options_.metadata.entries.empty();
  }
  bool MakesVersion(const PublishPlan& of_data) const;
  Status KeepVersion();
  Status BeginVersion(const OutputContents& folder);
  Result<OutputContents> WithVersion(OutputContents contents);
  CommitRequest RequestOf(const PublishPlan& plan) const;
  void Describe(const PublishPlan& plan);
  Result<std::string> ReadRemoteFile(const TreeEntry& entry);
  Result<std::string> ReadMetadata();
  Result<PublishedManifests> ReadManifests();
  Result<JoinedTrace> Join(const OutputContents& contents, const PublishPlan& plan,
                           const PlanOptions& how);
  Result<bool> Round(const OutputContents& folder);

  HubClient& hub_;
  const PublishOptions& options_;
  Progress* const progress_;
  RepoId repo_;
  bool exists_ = false;
  bool branch_exists_ = false;
  std::string tag_;      // Of this version.
  std::string message_;  // Of its commit.
  VersionFacts facts_;
  std::map<std::string, std::string> tags_;  // Of the repository: commits by name.
  RemoteState remote_;
  std::string note_;  // Of what a dry run cannot tell.
  PublishReport report_;
  std::unique_ptr<TemporaryFolder> scratch_;  // Traces that were joined.
};

Status Publisher::FindRepo() {
  if (options_.repo.empty()) {
    return WrongUsage(
        "no repository to publish to; remedy: --repo OWNER/NAME, for example --repo alice/sample, "
        "or `publish: {repo: …}` in the recipe");
  }
  if (options_.require_private && !options_.create_private) {
    return WrongUsage(
        "`require_private` and `private: false` contradict each other"
        "; remedy: leave one of them out");
  }
  tag_ = ExpandTime(options_.tag, hub_.clock().UnixMillis() * 1000);
  if (!tag_.empty()) ARROW_RETURN_NOT_OK(CheckTagName(tag_));
  ARROW_RETURN_NOT_OK(CheckBranchName(options_.branch));
  if (tag_ == options_.branch) {
    return WrongUsage("branch and tag have one name, and only one of them is seen: name=", tag_,
                      "; remedy: another --tag");
  }
  ARROW_ASSIGN_OR_RAISE(const RepoId named, ParseRepoId(options_.repo));
  if (named.type != RepoType::kDataset) {
    return WrongUsage("only data sets are published: repo=", options_.repo,
                      "; remedy: `hubmill hub upload`");
  }
  // Nobody publishes anonymously: said before anything else is asked, whatever the repository is.
  ARROW_ASSIGN_OR_RAISE(const HubUser user, hub_.WhoAmI());
  ARROW_RETURN_NOT_OK(CheckMayWrite(user));
  ARROW_ASSIGN_OR_RAISE(repo_, hub_.Complete(named));
  ARROW_ASSIGN_OR_RAISE(const auto info, hub_.FindRepo(repo_));
  exists_ = info.has_value();
  if (exists_) repo_ = info->id;
  if (!exists_) ARROW_RETURN_NOT_OK(CheckMayCreate(user, repo_));
  note_ = exists_ ? "" : NoteOfCreate(user, repo_);
  report_.repo = repo_.full();
  report_.url = hub_.endpoint() + repo_.WebPath();
  report_.is_private = exists_ ? info->is_private : options_.create_private;
  if (exists_ && !info->is_private && options_.require_private) {
    return DataRefused("the repository is public, and this must be private: repo=", repo_.full(),
                       "; remedy: `hubmill hub visibility ", repo_.full(),
                       " private`, or another repository");
  }
  return CheckGuard(options_.guard_reports);
}

/// What a guard has only counted stays in private.
Status Publisher::CheckGuard(bool guard_reports) const {
  if (!guard_reports || report_.is_private) return Status::OK();
  return DataRefused(
      "personal data is only counted (pii_guard, action report), and the repository is public: "
      "repo=",
      repo_.full(),
      "; remedy: action mask or drop (`--pii mask` of `hubmill feedback run`), or a private "
      "repository");
}

/// Asks what a commit asks first, which the Hub answers only to those who may write.
Status Publisher::CheckWrite() {
  if (!exists_) return Status::OK();
  const CommitRequest question{.repo = repo_,
                               .branch = branch_exists_ ? options_.branch : "main",
                               .adds = {{kReadme, "", remote_.readme}},
                               .dry_run = true};
  return hub_.Commit(question).status();
}

Status Publisher::CreateRepo() {
  ARROW_ASSIGN_OR_RAISE(report_.created,
                        hub_.CreateRepo(repo_, {.is_private = options_.create_private}));
  return FindRepo();  // Somebody else may have made it meanwhile, public maybe.
}

/// A branch and a tag of one name hide each other from readers.
Status Publisher::CheckNames(const RepoRefs& refs) const {
  for (const HubRef& tag : refs.tags) {
    if (tag.name != options_.branch) continue;
    return WrongUsage("a tag has the name of the branch: repo=", repo_.full(),
                      " branch=", options_.branch, "; remedy: another --branch, or delete the tag");
  }
  for (const HubRef& branch : refs.branches) {
    if (branch.name != tag_) continue;
    return WrongUsage("a branch has the name of the tag: repo=", repo_.full(), " tag=", tag_,
                      "; remedy: another --tag");
  }
  return Status::OK();
}

/// The branch's head; that of main where the branch is missing and will start there.
Status Publisher::ReadBranch(const RepoRefs& refs) {
  branch_exists_ = false;
  std::string main;
  for (const HubRef& ref : refs.branches) {
    if (ref.name == "main") main = ref.commit;
    if (ref.name != options_.branch) continue;
    branch_exists_ = true;
    remote_.head = ref.commit;
  }
  if (!branch_exists_) remote_.head = main;
  if (remote_.head.empty()) {
    return Service(Concat("the repository has neither the branch nor main: repo=", repo_.full(),
                          " branch=", options_.branch, "; remedy: make the branch on the Hub"));
  }
  return Status::OK();
}

Status Publisher::ReadRemote() {
  remote_ = {};
  if (!exists_) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const RepoRefs refs, hub_.ListRefs(repo_));
  ARROW_RETURN_NOT_OK(CheckNames(refs));
  ARROW_RETURN_NOT_OK(ReadBranch(refs));
  tags_.clear();
  for (const HubRef& tag : refs.tags) tags_[tag.name] = tag.commit;
  ARROW_ASSIGN_OR_RAISE(auto entries, hub_.ListTree(repo_, remote_.head));
  for (TreeEntry& entry : entries) {
    if (!entry.directory) remote_.files.emplace(entry.path, std::move(entry));
  }
  const auto readme = remote_.files.find(kReadme);
  if (readme == remote_.files.end()) return Status::OK();
  if (readme->second.size_bytes > int64_t{kCardBytesMax}) {
    return DataRefused("the published README.md is too large: repo=", repo_.full(),
                       " size_bytes=", readme->second.size_bytes,
                       "; remedy: shorten it on the Hub");
  }
  ARROW_ASSIGN_OR_RAISE(remote_.readme, ReadRemoteFile(readme->second));
  const Status card = ParseCard(remote_.readme).status();
  return WithContext(card, Concat("the published card cannot be read, nothing was uploaded: repo=",
                                  repo_.full(), " revision=", remote_.head, ": "));
}

/// Columns of published data that the card does not state, of the configs that are published.
Status Publisher::ReadColumnsOf(const OutputContents& contents, const PlanOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const PublishedCard published,
                        ReadPublishedCard(remote_.readme, remote_.files));
  for (const CardConfig& config : contents.card.configs) {
    const TreeEntry* file = FileToCompare(remote_, published.card, config, options);
    if (file == nullptr) continue;
    ARROW_ASSIGN_OR_RAISE(auto columns,
                          ReadColumns(hub_, repo_, remote_.head, *file, config.features));
    if (columns) {
      remote_.columns.emplace(config.name, std::move(*columns));
      continue;
    }
    remote_.notes.push_back(Concat(
        "columns could not be compared with what is published, as neither card nor file states "
        "them: config=",
        config.name, " path=", OneLine(file->path, 120)));
  }
  return Status::OK();
}

/// A tag may only be there where it points to what is being published.
Status Publisher::CheckTag(bool changes) const {
  const auto tagged = tags_.find(tag_);
  const bool by_time = options_.tag != tag_;  // BeginVersion() finds one that is free.
  if (by_time || tagged == tags_.end() || (!changes && tagged->second == remote_.head))
    return Status::OK();
  return Service(Concat("a tag of this name points to another version: repo=", repo_.full(),
                        " tag=", tag_, " commit=", tagged->second,
                        "; remedy: tags are never moved; choose another name"));
}

CommitRequest Publisher::RequestOf(const PublishPlan& plan) const {
  CommitRequest request{
      .repo = repo_, .branch = options_.branch, .message = message_, .parent = remote_.head};
  for (const PublishFile& file : plan.writes) request.adds.push_back({file.path, file.local, ""});
  if (plan.readme_changed) request.adds.push_back({kReadme, "", plan.readme});
  for (const TreeEntry& entry : plan.deletes) request.deletes.push_back(entry.path);
  return request;
}

/// What the repository's .gitignore leaves out would be missing from the version.
Status Publisher::CheckIgnored(const CommitRequest& request) {
  if (!remote_.files.contains(".gitignore")) return Status::OK();
  CommitRequest question = request;
  question.dry_run = true;
  ARROW_ASSIGN_OR_RAISE(const CommitResult answer, hub_.Commit(question));
  if (answer.ignored.empty()) return Status::OK();
  return DataRefused("the repository's .gitignore leaves out files of the data set: repo=",
                     repo_.full(), " files=", answer.ignored.size(), " path=", answer.ignored[0],
                     "; remedy: correct .gitignore in the repository");
}

void Publisher::Describe(const PublishPlan& plan) {
  report_.added.clear();
  report_.changed.clear();
  report_.deleted.clear();
  const auto add = [&](const std::string& path, int64_t size_bytes) {
    (remote_.files.contains(path) ? report_.changed : report_.added).push_back({path, size_bytes});
    if (options_.dry_run) report_.bytes_uploaded += size_bytes;
  };
  for (const PublishFile& file : plan.writes) add(file.path, file.size_bytes);
  if (plan.readme_changed) add(kReadme, static_cast<int64_t>(plan.readme.size()));
  for (const TreeEntry& entry : plan.deletes) {
    report_.deleted.push_back({entry.path, entry.size_bytes});
  }
  report_.files_unchanged = plan.files_unchanged;
  report_.notes = plan.notes;
  report_.card_lines = DiffLines(remote_.readme, plan.readme);
  report_.commit = remote_.head;
}

/// Data files decide: what tells of a version differs each time.
bool Publisher::MakesVersion(const PublishPlan& of_data) const {
  const bool told = options_.metadata.entries.empty() || remote_.files.contains(kMetadata);
  return !told || !branch_exists_ || !of_data.deletes.empty() ||
         std::any_of(of_data.writes.begin(), of_data.writes.end(),
                     [](const PublishFile& file) { return !file.path.starts_with(".hubmill/"); });
}

/// The version that is there stays; its tag is set where the run that made it was cut before.
Status Publisher::KeepVersion() {
  report_.unchanged = true;
  report_.files_unchanged = static_cast<int64_t>(remote_.files.size());
  report_.commit = remote_.head;
  if (options_.tag.find('%') == std::string::npos) return CheckTag(/*changes=*/false);
  ARROW_ASSIGN_OR_RAISE(const std::string metadata, ReadMetadata());
  tag_ = TagInMetadata(options_.metadata, metadata);
  if (!CheckTagName(tag_).ok() || tags_.contains(tag_)) tag_.clear();
  report_.tagged = !tag_.empty();
  return Status::OK();
}

/// The version's time, and a tag that nothing has yet: a clash waits for the next second.
Status Publisher::BeginVersion(const OutputContents& folder) {
  while (true) {
    const int64_t now_ms = hub_.clock().UnixMillis();
    facts_ = {.repo = report_.repo,
              .tag = ExpandTime(options_.tag, now_ms * 1000),
              .unix_micros = now_ms * 1000,
              .contents = &folder};
    if (facts_.tag == options_.tag || !tags_.contains(facts_.tag)) break;
    const auto cancelled = [&] { return progress_ != nullptr && progress_->cancel.load(); };
    if (!hub_.clock().Pause(1000 - now_ms % 1000, cancelled)) return RunFailed("interrupted");
  }
  tag_ = facts_.tag;
  message_ = ExpandFacts(options_.message, facts_);
  if (message_.empty()) {
    message_ = Concat("Publish ", folder.recipe, ": ", folder.rows, " rows");
  }
  facts_.message = message_;
  return Status::OK();
}

/// What is published, with what tells of this version.
Result<OutputContents> Publisher::WithVersion(OutputContents contents) {
  contents.readme = WithFrontMatter(contents.readme, options_.front_matter, facts_);
  if (options_.metadata.entries.empty()) return contents;
  const std::string local = Concat(scratch_->path(), "/", kMetadata);
  ARROW_RETURN_NOT_OK(WriteFile(local, RenderMetadata(options_.metadata, facts_)));
  ARROW_ASSIGN_OR_RAISE(FileDigest digest, Sha256OfFile(local));
  const auto after = std::find_if(contents.files.begin(), contents.files.end(),
                                  [](const PublishFile& file) { return file.path > kMetadata; });
  contents.files.insert(after, PublishFile{.path = kMetadata,
                                           .local = local,
                                           .size_bytes = digest.size_bytes,
                                           .sha256 = std::move(digest.hex)});
  return contents;
}

/// A small file of the branch, checked against the listing: what is read is written again in part.
Result<std::string> Publisher::ReadRemoteFile(const TreeEntry& entry) {
  if (entry.size_bytes == 0) return "";
  const FileFacts facts{.commit = remote_.head,
                        .digest = entry.large() ? entry.sha256 : entry.git_id,
                        .size_bytes = entry.size_bytes};
  return hub_.ReadRange(repo_, facts, entry.path, 0, entry.size_bytes);
}

/// What the version that is there says of itself; empty where it says nothing.
Result<std::string> Publisher::ReadMetadata() {
  const auto metadata = remote_.files.find(kMetadata);
  if (metadata == remote_.files.end()) return "";
  return ReadRemoteFile(metadata->second);
}

Result<PublishedManifests> Publisher::ReadManifests() {
  PublishedManifests manifests;
  for (const auto& [path, entry] : remote_.files) {
    const std::string recipe = RecipeOfManifest(path);
    if (recipe.empty()) continue;
    if (entry.size_bytes > kManifestBytesMax) {
      remote_.notes.push_back(Concat("a published manifest is too large to be read: path=",
                                     OneLine(path, 120), " size_bytes=", entry.size_bytes));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(std::string text, ReadRemoteFile(entry));
    manifests.emplace(recipe, std::move(text));
  }
  return manifests;
}

Result<JoinedTrace> Publisher::Join(const OutputContents& contents, const PublishPlan& plan,
                                    const PlanOptions& how) {
  const auto fetch = [this](const std::string& path) -> Result<std::string> {
    const std::string local =
        Concat(scratch_->path(), "/", remote_.head, path.substr(path.rfind('/')));
    ARROW_RETURN_NOT_OK(hub_.DownloadFile(repo_, remote_.head, path, local).status());
    return local;
  };
  ARROW_ASSIGN_OR_RAISE(const PublishedManifests manifests, ReadManifests());
  ARROW_ASSIGN_OR_RAISE(JoinedTrace joined,
                        JoinTrace(contents, remote_, plan, manifests, FreshCardBody(contents, how),
                                  {.folder = scratch_->path(), .fetch = fetch}));
  remote_.notes.insert(remote_.notes.end(), joined.notes.begin(), joined.notes.end());
  return joined;
}

/// False where another writer was faster.
Result<bool> Publisher::Round(const OutputContents& folder) {
  ARROW_RETURN_NOT_OK(ReadRemote());
  ARROW_RETURN_NOT_OK(BeginVersion(folder));
  PlanOptions how{.replace_configs = options_.replace_configs,
                  .card_body = ExpandFacts(options_.card_body, facts_)};
  ARROW_RETURN_NOT_OK(ReadColumnsOf(folder, how));
  ARROW_ASSIGN_OR_RAISE(const PublishPlan of_data, PlanPublish(folder, remote_, how));
  if (Versioned() && !MakesVersion(of_data)) {
    ARROW_RETURN_NOT_OK(KeepVersion());
    return true;
  }
  ARROW_ASSIGN_OR_RAISE(const OutputContents version, WithVersion(folder));
  ARROW_ASSIGN_OR_RAISE(const JoinedTrace joined, Join(version, of_data, how));
  const OutputContents& contents = joined.contents;
  how.replace_body = joined.own_body;
  how.stale = joined.stale;
  ARROW_ASSIGN_OR_RAISE(PublishPlan plan, PlanPublish(contents, remote_, how));
  ARROW_ASSIGN_OR_RAISE(const std::string earlier, ReadMetadata());
  plan.readme = WithOurKeys(std::move(plan.readme), options_.front_matter, earlier, facts_);
  ARROW_ASSIGN_OR_RAISE(plan.readme, WithSetKeys(plan.readme, options_.set_front_matter, facts_));
  plan.readme_changed = plan.readme != remote_.readme;
  const bool changes = !plan.ChangesNothing() || (exists_ && !branch_exists_);
  ARROW_RETURN_NOT_OK(CheckTag(changes));
  Describe(plan);
  if (options_.dry_run) {
    ARROW_RETURN_NOT_OK(CheckWrite());
    report_.unchanged = !changes;
    return true;
  }
  if (exists_ && !branch_exists_) {
    ARROW_RETURN_NOT_OK(hub_.CreateBranch(repo_, options_.branch, remote_.head));
  }
  if (plan.ChangesNothing()) {
    report_.unchanged = true;
    return true;
  }
  const CommitRequest request = RequestOf(plan);
  ARROW_RETURN_NOT_OK(CheckIgnored(request));
  if (progress_ != nullptr) progress_->bytes_done = 0;
  const Result<CommitResult> result = hub_.Commit(request, progress_);
  if (!result.ok() && IsStaleParent(result.status())) return false;
  ARROW_RETURN_NOT_OK(result.status());
  report_.commit = result->commit;
  report_.bytes_uploaded += result->bytes_uploaded;
  ARROW_RETURN_NOT_OK(CheckCommit(hub_, request, plan, report_.commit));
  return true;
}

Status Publisher::Check() {
  ARROW_RETURN_NOT_OK(FindRepo());
  ARROW_RETURN_NOT_OK(ReadRemote());
  ARROW_RETURN_NOT_OK(CheckWrite());
  return CheckTag(/*changes=*/false);
}

/// What was published stays, whatever becomes of the tag: another writer may have been faster.
Status Publisher::SetTag() {
  const Status status = hub_.CreateTag(repo_, tag_, report_.commit);
  if (status.ok()) return status;
  const std::string& why = status.message();
  return Failure(KindOf(status),
                 Concat("the data is published, without the tag: repo=", repo_.full(),
                        " commit=", report_.commit, " tag=", tag_,
                        " why=", why.substr(0, why.find("; remedy: ")),
                        "; remedy: `hubmill hub tag ", repo_.full(), " TAG --revision ",
                        report_.commit, "`, by another name where this one is taken"));
}

Result<PublishReport> Publisher::Publish(const std::string& folder) {
  ARROW_ASSIGN_OR_RAISE(const OutputContents contents, ReadOutputFolder(folder, hub_.threads()));
  report_.dry_run = options_.dry_run;
  ARROW_ASSIGN_OR_RAISE(scratch_, TemporaryFolder::Make("publish"));
  ARROW_RETURN_NOT_OK(FindRepo());
  ARROW_RETURN_NOT_OK(CheckGuard(contents.guard_reports));
  exists_ = exists_ && !options_.as_new;
  if (!exists_ && !options_.dry_run) ARROW_RETURN_NOT_OK(CreateRepo());
  for (int round = 1;; ++round) {
    ARROW_ASSIGN_OR_RAISE(const bool done, Round(contents));
    if (done) break;
    if (round == kRoundsMax) {
      return Service(Concat("other writers were always faster: repo=", repo_.full(),
                            " rounds=", kRoundsMax, "; remedy: publish again when they are done"));
    }
    const auto cancelled = [&] { return progress_ != nullptr && progress_->cancel.load(); };
    if (!hub_.clock().Pause(RetryDelayMs(kRoundDelays, std::min(round, 8), 0), cancelled)) {
      return RunFailed("interrupted");
    }
  }
  report_.notes.insert(report_.notes.begin(), contents.notes.begin(), contents.notes.end());
  if (options_.dry_run && !note_.empty()) report_.notes.push_back(note_);
  report_.tag = tag_;
  if (options_.dry_run) return std::move(report_);
  if (!tag_.empty()) ARROW_RETURN_NOT_OK(SetTag());
  if (report_.IsNews()) RestartSpaces(hub_, options_.restart, &report_);
  return std::move(report_);
}

}  // namespace

Status CheckPublish(HubClient& hub, const PublishOptions& options) {
  return Publisher(hub, options, nullptr).Check();
}

Result<PublishReport> PublishFolder(HubClient& hub, const std::string& folder,
                                    const PublishOptions& options, Progress* progress) {
  return Publisher(hub, options, progress).Publish(folder);
}

}  // namespace hubmill

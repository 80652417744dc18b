#include "run/feedback_watch.h"

#include <arrow/array.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/clock.h"
#include "io/split_queries.h"
#include "run/published_commit.h"

namespace hubmill {
namespace {

constexpr int64_t kMetadataBytesMax = 1 << 20;

std::string UtcNow() {
  const std::time_t now = SystemClock().UnixNanos() / 1'000'000'000;
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

/// The SELECT that the source makes for `split`.
Result<std::string> QueryOf(const BlockUse& source, const std::string& split) {
  const Setting* query =
      source.options.kind == Setting::Kind::kMap ? source.options.Find("query") : nullptr;
  ErrorList errors;
  std::vector<SplitQuery> queries;
  if (query != nullptr) queries = ReadSplitQueries(*query, {}, &errors);
  for (const SplitQuery& one : queries) {
    if (one.split == split || query->kind == Setting::Kind::kScalar) return one.sql;
  }
  return WrongUsage("nothing to count: source=", source.name, " query=", split,
                    "; remedy: watch: {corrections: NAME} names a query of the source");
}

bool Cancelled(const WatchRequest& request) {
  return request.progress != nullptr && request.progress->cancel.load();
}

/// Whether a Space in that stage will not go on by itself.
bool HasFailed(const std::string& stage) { return stage.find("ERROR") != stage.npos; }
bool HasEnded(const std::string& stage) { return stage == "PAUSED" || stage == "STOPPED"; }

/// Restarts the Space that prepares, and waits for another version than `before`.
Result<PreparedSet> PrepareInSpace(const WatchRequest& request, const std::string& before) {
  const WatchRecipe& watch = *request.recipe.watch;
  ARROW_ASSIGN_OR_RAISE(const RepoId space, ParseRepoId(watch.space, RepoType::kSpace));
  ARROW_RETURN_NOT_OK(request.hub.RestartSpace(space).status());
  PauseClock& clock = request.hub.clock();
  const int64_t end_ms = clock.UnixMillis() + watch.poll_timeout_s * 1000;
  while (clock.Pause(watch.poll_s * 1000, [&] { return Cancelled(request); })) {
    // The stage first: what a Space publishes before it pauses is then seen.
    ARROW_ASSIGN_OR_RAISE(const SpaceRuntime runtime, request.hub.Space(space));
    ARROW_ASSIGN_OR_RAISE(const std::string version,
                          PublishedVersion(request.hub, request.recipe.publish.repo));
    if (version != before) return PreparedSet{.published = true, .version = version};
    if (HasEnded(runtime.stage)) return PreparedSet{.version = version};
    if (HasFailed(runtime.stage)) {
      return Failure(FailureKind::kService,
                     Concat("the Space failed: repo=", space.full(), " stage=", runtime.stage,
                            "; remedy: read its log"));
    }
    if (clock.UnixMillis() >= end_ms) {
      return Failure(FailureKind::kService,
                     Concat("the Space made no new version in time: repo=", space.full(),
                            " seconds=", watch.poll_timeout_s,
                            "; remedy: read its log, or raise poll_timeout_s"));
    }
  }
  return RunFailed("interrupted");
}

/// Restarts each Space; keeps those in `pending` that could not be.
Status RestartPending(HubClient& hub, std::vector<std::string>* pending) {
  std::vector<std::string> left;
  Status worst;
  for (const std::string& name : *pending) {
    const Status status = RestartSpace(hub, name);
    if (status.ok()) continue;
    left.push_back(name);
    worst = WithContext(status, "cannot restart " + name + ": ");
  }
  *pending = std::move(left);
  return worst;
}

/// A new version: those who train on it are to be restarted.
void TakeVersion(const std::string& version, const WatchRecipe& watch, WatchRecord* record) {
  record->version = version;
  for (const std::string& space : watch.restart) {
    const auto& pending = record->pending;
    const bool there = std::find(pending.begin(), pending.end(), space) != pending.end();
    if (!space.empty() && !there) record->pending.push_back(space);
  }
}

/// Prepares a set that is due, and notes in the record what the Hub has.
Status Prepare(const WatchRequest& request, WatchRecord* record) {
  const WatchRecipe& watch = *request.recipe.watch;
  ARROW_ASSIGN_OR_RAISE(const std::string before,
                        PublishedVersion(request.hub, request.recipe.publish.repo));
  if (record->version.empty()) record->version = before.empty() ? kNoVersion : before;
  // A look before this one was killed after it had published, or its Space was late.
  const bool late = !before.empty() && before != record->version;
  if (late) TakeVersion(before, watch, record);
  record->outcome = "begun";
  ARROW_RETURN_NOT_OK(request.keep(record));
  ARROW_ASSIGN_OR_RAISE(const PreparedSet set,
                        watch.space.empty() ? request.prepare() : PrepareInSpace(request, before));
  if (set.published) TakeVersion(set.version, watch, record);
  record->error = set.skipped;
  record->outcome = late || set.published ? "published"
                    : set.skipped.empty() ? "unchanged"
                                          : "skipped";
  return Status::OK();
}

Status Act(const WatchRequest& request, WatchRecord* record) {
  const WatchRecipe& watch = *request.recipe.watch;
  ARROW_ASSIGN_OR_RAISE(record->corrections, CountRows(request.recipe, watch.corrections));
  if (Cancelled(request)) return RunFailed("interrupted");
  record->rows =
      record->corrections + int64_t(std::floor(double(record->corrections) * watch.ratio));
  if (record->corrections == 0 || record->rows < record->threshold) {
    record->outcome = "waiting";
    return Status::OK();
  }
  if (request.dry_run) {
    record->outcome = "due";
    return Status::OK();
  }
  return Prepare(request, record);
}

}  // namespace

Result<int64_t> CountRows(const Recipe& recipe, const std::string& split) {
  const BlockUse& source = recipe.datasets.at(0).source;
  ARROW_ASSIGN_OR_RAISE(const std::string sql, QueryOf(source, split));
  Setting options = source.options;
  for (auto& [name, value] : options.entries) {
    if (name == "query") {
      value = Setting::Scalar(Concat("SELECT count(*) AS rows FROM (\n", sql, "\n) AS counted"));
    }
  }
  const SourceEntry& entry = AllBlocks().sources.at(source.name);
  ARROW_ASSIGN_OR_RAISE(const auto reader,
                        entry.make(options, {.file = recipe.file, .owner = "source " + source.name},
                                   SourceContext()));
  ARROW_ASSIGN_OR_RAISE(const auto morsel, reader->Next());
  if (morsel == nullptr) return RunFailed("a count has no row: source=", source.name);
  ARROW_ASSIGN_OR_RAISE(const Decoded decoded, morsel->Decode());
  const auto& column = decoded.batches.at(0).rows->column(0);
  return static_cast<const arrow::Int64Array&>(*column).Value(0);
}

Result<std::string> PublishedVersion(HubClient& hub, const std::string& repo) {
  ARROW_ASSIGN_OR_RAISE(const RepoId parsed, ParseRepoId(repo));
  ARROW_ASSIGN_OR_RAISE(const RepoId id, hub.Complete(parsed));
  ARROW_ASSIGN_OR_RAISE(const std::optional<RepoInfo> info, hub.FindRepo(id));
  if (!info || info->commit.empty()) return "";
  ARROW_ASSIGN_OR_RAISE(const std::optional<std::string> text,
                        hub.ReadFile(id, info->commit, "dataset_metadata.json", kMetadataBytesMax));
  if (!text) return "";
  const auto metadata = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!metadata.is_object() || !metadata.contains("version_tag") ||
      !metadata["version_tag"].is_string()) {
    return Failure(FailureKind::kService, Concat("dataset_metadata.json names no version: repo=",
                                                 id.full(), "; remedy: publish the set anew"));
  }
  return metadata["version_tag"].get<std::string>();
}

WatchLook LookOnce(const WatchRequest& request) {
  WatchLook look{.record = {.started = UtcNow(),
                            .recipe = request.recipe.name,
                            .threshold = request.recipe.watch->threshold,
                            .version = request.version,
                            .pending = request.pending}};
  look.status = Act(request, &look.record);
  if (!look.status.ok()) {
    look.record.outcome = "failed";
    look.status = look.status.WithMessage(request.recipe.Redact(look.status.message()));
  }
  if (!request.dry_run) {
    const Status restarted = RestartPending(request.hub, &look.record.pending);
    if (look.status.ok()) look.status = restarted;
  }
  if (!look.status.ok()) look.record.error = look.status.message();
  look.record.ended = UtcNow();
  return look;
}

}  // namespace hubmill

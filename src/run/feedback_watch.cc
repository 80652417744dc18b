#include "run/feedback_watch.h"

#include <arrow/array.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/clock.h"

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
  if (query != nullptr && query->kind == Setting::Kind::kMap) query = query->Find(split);
  if (query == nullptr || query->kind != Setting::Kind::kScalar) {
    return WrongUsage("nothing to count: source=", source.name, " query=", split,
                      "; remedy: watch: {corrections: NAME} names a query of the source");
  }
  std::string sql = query->scalar;
  sql.resize(sql.find_last_not_of(" \t\r\n;") + 1);
  return sql;
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
Status RestartSpaces(HubClient& hub, std::vector<std::string>* pending) {
  std::vector<std::string> left;
  Status worst;
  for (const std::string& name : *pending) {
    const Result<RepoId> space = ParseRepoId(name, RepoType::kSpace);
    const Status status = space.ok() ? hub.RestartSpace(*space).status() : space.status();
    if (status.ok()) continue;
    left.push_back(name);
    worst = WithContext(status, "cannot restart " + name + ": ");
  }
  *pending = std::move(left);
  return worst;
}

Status Act(const WatchRequest& request, WatchRecord* record) {
  const WatchRecipe& watch = *request.recipe.watch;
  ARROW_ASSIGN_OR_RAISE(record->corrections, CountRows(request.recipe, watch.corrections));
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
  ARROW_ASSIGN_OR_RAISE(const std::string before,
                        PublishedVersion(request.hub, request.recipe.publish.repo));
  record->version = before;
  ARROW_ASSIGN_OR_RAISE(const PreparedSet set,
                        watch.space.empty() ? request.prepare() : PrepareInSpace(request, before));
  record->outcome = set.published ? "published" : "unchanged";
  if (!set.version.empty()) record->version = set.version;
  if (!set.published) return Status::OK();
  for (const std::string& space : watch.restart) {
    const auto& pending = record->pending;
    const bool there = std::find(pending.begin(), pending.end(), space) != pending.end();
    if (!space.empty() && !there) record->pending.push_back(space);
  }
  return Status::OK();
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
                            .pending = request.pending}};
  look.status = Act(request, &look.record);
  if (!look.status.ok()) {
    look.record.outcome = "failed";
    look.status = Failure(KindOf(look.status), request.recipe.Redact(look.status.message()));
  }
  if (!request.dry_run) {
    const Status restarted = RestartSpaces(request.hub, &look.record.pending);
    if (look.status.ok()) look.status = restarted;
  }
  if (!look.status.ok()) look.record.error = look.status.message();
  look.record.ended = UtcNow();
  return look;
}

}  // namespace hubmill

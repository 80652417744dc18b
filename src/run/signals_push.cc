#include "run/signals_push.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "hub/card_text.h"
#include "hub/digest.h"
#include "hub/hub_error.h"
#include "net/redact.h"
#include "run/publish.h"
#include "run/signals_export.h"
#include "run/signals_pass.h"
#include "signals/bundle_info.h"
#include "signals/row_check.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr char kReadme[] = "README.md";
constexpr int64_t kInfoBytesMax = 4 << 20;
constexpr int kRoundsMax = 20;  // Against faster writers.
constexpr RetryOptions kRoundDelays{.delay_ms_first = 100, .delay_ms_max = 5'000};

/// The bundle as it lies in its folder, checked.
struct Bundle {
  Json info;
  std::string info_text;
  SignalsSchema schema;
  SplitStrategy strategy = SplitStrategy::kBySourceIndustry;
  std::vector<OutputFile> files;  // dataset.jsonl and the splits.
  std::string card;
};

std::vector<std::string> KeysOf(const Json& info) {
  return info.at("feature_keys").get<std::vector<std::string>>();
}

Result<Json> ParseInfo(const std::string& text, const std::string& file) {
  try {
    Json info = Json::parse(text);
    (void)KeysOf(info);
    (void)info.at("schema_hash").get<std::string>();
    (void)info.at("schema_version").get<std::string>();
    return info;
  } catch (const nlohmann::json::exception&) {  // Its words may quote the text.
    return DataRefused("not what an export writes: file=", file, "; remedy: export again");
  }
}

Status CheckFiles(const std::string& folder) {
  std::string missing;
  for (const char* name : {kDatasetFile, kInfoFile}) {
    std::error_code error;
    if (!fs::is_regular_file(folder + "/" + name, error)) {
      missing += (missing.empty() ? "" : ", ") + std::string(name);
    }
  }
  if (missing.empty()) return Status::OK();
  return WrongUsage("no bundle: folder=", folder, " missing=", missing,
                    "; remedy: `hubmill signals export --out-dir ", folder, "`");
}

Result<SignalsSchema> SchemaOf(const Json& info, const std::string& given) {
  const auto hash = info.at("schema_hash").get<std::string>();
  const auto fits = [&hash](const SignalsSchema& schema) {
    return SchemaHash(schema.version, schema.Keys()) == hash;
  };
  if (!given.empty()) {
    ARROW_ASSIGN_OR_RAISE(SignalsSchema schema, FindSignalsSchema(given));
    if (fits(schema)) return schema;
    return DataRefused(
        "Schema hash mismatch: the bundle has other features than the schema: schema=", given,
        " schema_hash=", SchemaHash(schema.version, schema.Keys()),
        "; remedy: the schema that it was exported by, or export again");
  }
  for (const auto& [name, text] : BuiltinSchemas()) {
    ARROW_ASSIGN_OR_RAISE(SignalsSchema schema, FindSignalsSchema(name));
    if (fits(schema)) return schema;
  }
  return DataRefused(
      "Schema hash mismatch: no schema in this binary has the bundle's features"
      "; remedy: --schema FILE, the one that it was exported by");
}

/// The files of splits/, sorted.
Result<std::vector<std::string>> ListSplits(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder + "/" + kSplitsFolder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".jsonl")) continue;
    const std::string stem = name.substr(0, name.size() - 6);
    if (stem != SlugOf(stem)) {
      return DataRefused("a split's file has no plain name: folder=", folder, "/", kSplitsFolder,
                         "; remedy: export again with hubmill");
    }
    paths.push_back(kSplitsFolder + name);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// Rows of one file, each guarded.
Status GuardFile(const SignalsPushOptions& options, const SignalsSchema& schema, OutputFile* file,
                 SignalsCells* cells, Progress* progress) {
  const std::string& folder = options.bundle_dir;
  NoSink sink;
  const SignalsPass pass{.inputs = {folder + "/" + file->path},
                         .schema = &schema,
                         .guard = {.exported = true},
                         .threads = options.threads};
  ARROW_ASSIGN_OR_RAISE(const SignalsCounts counts,
                        RunSignalsPass(pass, sink, cells, nullptr, progress));
  ARROW_RETURN_NOT_OK(RefusedRows(counts, "the bundle was refused, nothing was uploaded"));
  if (counts.not_json > 0) {
    return DataRefused("lines of the bundle are no JSON: file=", file->path,
                       " lines=", counts.not_json, "; remedy: export again");
  }
  file->rows = counts.rows;
  ARROW_ASSIGN_OR_RAISE(const FileDigest digest, Sha256OfFile(folder + "/" + file->path));
  file->size_bytes = file->memory_bytes = digest.size_bytes;
  file->sha256 = digest.hex;
  return Status::OK();
}

/// The strategy by which dataset_info.json tells of exactly these rows and files; kDataRefused
/// where none does.  What is uploaded of it is what the guarded rows say, and nothing else.
Result<SplitStrategy> CheckInfo(const Bundle& bundle, const std::vector<SignalsCell>& cells) {
  const auto text = [&bundle](const char* key) {
    const auto found = bundle.info.find(key);
    return found != bundle.info.end() && found->is_string() ? found->get<std::string>() : "";
  };
  BundleInfo info{.generated_at = text("generated_at"),
                  .rows = bundle.files[0].rows,
                  .cells = cells,
                  .git_sha = text("git_sha")};
  const bool hex = info.git_sha.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (IsRfc3339(info.generated_at) && hex) {
    for (const SplitStrategy strategy : {SplitStrategy::kNone, SplitStrategy::kBySourceIndustry,
                                         SplitStrategy::kBySource, SplitStrategy::kByIndustry}) {
      info.splits = SplitsOf(strategy, cells);
      std::map<std::string, int64_t> expected, there;
      for (const SignalsSplit& split : info.splits) expected[split.slug] = split.rows;
      for (size_t i = 1; i < bundle.files.size(); ++i) {
        there[bundle.files[i].split] = bundle.files[i].rows;
      }
      if (expected != there) continue;
      if (RenderBundleInfo(bundle.schema, info) == bundle.info_text) return strategy;
    }
  }
  return DataRefused(
      "dataset_info.json or splits/ do not tell of the rows of dataset.jsonl"
      "; remedy: export again, and change nothing in the bundle");
}

Result<Bundle> ReadBundle(const SignalsPushOptions& options, Progress* progress) {
  const std::string& folder = options.bundle_dir;
  ARROW_RETURN_NOT_OK(CheckFiles(folder));
  Bundle bundle;
  ARROW_ASSIGN_OR_RAISE(bundle.info_text, ReadWholeFile(folder + "/" + kInfoFile, kInfoBytesMax));
  ARROW_ASSIGN_OR_RAISE(bundle.info, ParseInfo(bundle.info_text, folder + "/" + kInfoFile));
  ARROW_ASSIGN_OR_RAISE(bundle.schema, SchemaOf(bundle.info, options.schema));
  ARROW_ASSIGN_OR_RAISE(const auto splits, ListSplits(folder));
  bundle.files.push_back({.path = kDatasetFile, .split = "train"});
  for (const std::string& path : splits) {
    const size_t start = std::string(kSplitsFolder).size();
    bundle.files.push_back({.path = path, .split = path.substr(start, path.size() - start - 6)});
  }
  std::vector<SignalsCell> cells;
  for (OutputFile& file : bundle.files) {
    SignalsCells of_file;
    ARROW_RETURN_NOT_OK(GuardFile(options, bundle.schema, &file, &of_file, progress));
    if (file.path == kDatasetFile) cells = of_file.All();
  }
  ARROW_ASSIGN_OR_RAISE(bundle.strategy, CheckInfo(bundle, cells));
  ARROW_ASSIGN_OR_RAISE(bundle.card, RenderBundleCard(bundle.schema, bundle.strategy, bundle.files,
                                                      /*columns=*/true));
  return bundle;
}

/// The same data: all that a later export of it changes is when and by which commit.
bool TellTheSame(Json a, Json b) {
  for (Json* info : {&a, &b}) {
    info->erase("generated_at");
    info->erase("git_sha");
  }
  return a == b;
}

class SignalsPush {
 public:
  SignalsPush(HubClient& hub, const SignalsPushOptions& options, Progress* progress)
      : hub_(hub), options_(options), progress_(progress) {}

  Result<PublishReport> Run() {
    ARROW_RETURN_NOT_OK(CheckFiles(options_.bundle_dir));
    const PublishOptions target{.repo = options_.repo,
                                .create_private = options_.is_private,
                                .require_private = options_.is_private};
    ARROW_RETURN_NOT_OK(CheckPublish(hub_, target));
    ARROW_ASSIGN_OR_RAISE(bundle_, ReadBundle(options_, progress_));
    ARROW_ASSIGN_OR_RAISE(const RepoId named, ParseRepoId(options_.repo));
    ARROW_ASSIGN_OR_RAISE(repo_, hub_.Complete(named));
    ARROW_RETURN_NOT_OK(FindRepo());
    report_.repo = repo_.full();
    report_.url = hub_.endpoint() + repo_.WebPath();
    report_.dry_run = options_.dry_run;
    for (int round = 1;; ++round) {
      ARROW_ASSIGN_OR_RAISE(const bool done, Round());
      if (done) return std::move(report_);
      const auto cancelled = [this] { return progress_ != nullptr && progress_->cancel.load(); };
      if (round == kRoundsMax) {
        return Failure(FailureKind::kService,
                       Concat("other writers were always faster: repo=", repo_.full(),
                              "; remedy: push again when they are done"));
      }
      if (!hub_.clock().Pause(RetryDelayMs(kRoundDelays, std::min(round, 8), 0), cancelled)) {
        return RunFailed("interrupted");
      }
    }
  }

 private:
  Status FindRepo() {
    ARROW_ASSIGN_OR_RAISE(auto info, hub_.FindRepo(repo_));
    if (!info && !options_.dry_run) {
      ARROW_ASSIGN_OR_RAISE(report_.created,
                            hub_.CreateRepo(repo_, {.is_private = options_.is_private}));
      ARROW_ASSIGN_OR_RAISE(info, hub_.FindRepo(repo_));
      if (!info) {
        return Failure(FailureKind::kService,
                       Concat("the repository was made and is not there: repo=", repo_.full(),
                              "; remedy: push again"));
      }
    }
    exists_ = info.has_value();
    report_.is_private = exists_ ? info->is_private : options_.is_private;
    if (exists_ && options_.is_private && !info->is_private) {  // Changed since the early check.
      return DataRefused("the repository is public, and this must be private: repo=", repo_.full(),
                         "; remedy: `hubmill hub visibility ", repo_.full(), " private`");
    }
    return Status::OK();
  }

  /// False where another writer was faster.
  Result<bool> Round() {
    std::map<std::string, TreeEntry> published;
    std::string readme, info_text = bundle_.info_text;
    CommitRequest request{.repo = repo_, .message = options_.message, .dry_run = options_.dry_run};
    if (exists_) {
      ARROW_ASSIGN_OR_RAISE(const RepoInfo info, hub_.Info(repo_));
      request.parent = info.commit;
      ARROW_ASSIGN_OR_RAISE(const auto entries, hub_.ListTree(repo_, info.commit));
      for (const TreeEntry& entry : entries) {
        if (!entry.directory) published.emplace(entry.path, entry);
      }
      ARROW_RETURN_NOT_OK(ReadPublished(published, info.commit, &readme, &info_text));
    }
    ARROW_ASSIGN_OR_RAISE(const std::string card, MergedCard(readme));
    for (const OutputFile& file : bundle_.files) {
      request.adds.push_back({file.path, options_.bundle_dir + "/" + file.path, ""});
    }
    request.adds.push_back({kInfoFile, "", info_text});
    request.adds.push_back({kReadme, "", card});
    for (const auto& [path, entry] : published) {
      if (IsStale(path)) request.deletes.push_back(path);
    }
    return Commit(request, published);
  }

  Result<bool> Commit(const CommitRequest& request,
                      const std::map<std::string, TreeEntry>& published) {
    if (!exists_) {  // A dry run: everything would be new.
      for (const CommitAdd& add : request.adds) report_.added.push_back({.path = add.path});
      return true;
    }
    const Result<CommitResult> result = hub_.Commit(request, progress_);
    if (!result.ok() && IsStaleParent(result.status())) return false;
    ARROW_RETURN_NOT_OK(result.status());
    report_.commit = result->commit;
    report_.unchanged = result->unchanged;
    report_.files_unchanged = result->files_unchanged;
    report_.bytes_uploaded = result->bytes_uploaded;
    for (const std::string& path : result->added) {
      (published.contains(path) ? report_.changed : report_.added).push_back({.path = path});
    }
    for (const std::string& path : result->deleted) report_.deleted.push_back({.path = path});
    if (options_.dry_run) return true;
    ARROW_RETURN_NOT_OK(Verify(result->commit));
    return true;
  }

  /// The commit holds the bytes that were guarded, whatever happened to the folder meanwhile.
  Status Verify(const std::string& commit) {
    ARROW_ASSIGN_OR_RAISE(const auto entries, hub_.ListTree(repo_, commit));
    for (const OutputFile& file : bundle_.files) {
      const auto found = std::find_if(entries.begin(), entries.end(), [&](const TreeEntry& entry) {
        return entry.path == file.path;
      });
      bool same = found != entries.end() && found->size_bytes == file.size_bytes;
      if (same && found->large()) {
        same = found->sha256 == file.sha256;
      } else if (same) {
        ARROW_ASSIGN_OR_RAISE(const FileDigest digest,
                              GitBlobIdOfFile(options_.bundle_dir + "/" + file.path));
        same = found->git_id == digest.hex;
      }
      if (same) continue;
      return Failure(FailureKind::kService,
                     Concat("the commit does not hold what was pushed: repo=", repo_.full(),
                            " commit=", commit, " path=", file.path, "; remedy: push again"));
    }
    return Status::OK();
  }

  /// What the repository has of ours: its card, and the features of its rows.
  Status ReadPublished(const std::map<std::string, TreeEntry>& published, const std::string& commit,
                       std::string* readme, std::string* info_text) {
    if (published.contains(kReadme)) {
      ARROW_ASSIGN_OR_RAISE(const auto text, hub_.ReadFile(repo_, commit, kReadme, kCardBytesMax));
      *readme = text.value_or("");
    }
    if (!published.contains(kInfoFile)) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const auto text, hub_.ReadFile(repo_, commit, kInfoFile, kInfoBytesMax));
    const Result<Json> info = ParseInfo(text.value_or(""), kInfoFile);
    if (!info.ok()) {
      if (options_.new_schema) return Status::OK();
      return DataRefused(
          "the published dataset_info.json cannot be read, so nothing tells which "
          "features readers expect: repo=",
          repo_.full(), "; remedy: --new-schema replaces it");
    }
    if (TellTheSame(*info, bundle_.info)) *info_text = *text;
    return CheckFeatures(*info);
  }

  Status CheckFeatures(const Json& published) const {
    const auto before = published.at("schema_hash").get<std::string>();
    const auto after = bundle_.info.at("schema_hash").get<std::string>();
    if (before == after || options_.new_schema) return Status::OK();
    std::string all =
        Concat("Schema hash mismatch: the published rows have other features: repo=", repo_.full(),
               " schema_hash=", after, " published=", OneLine(before, 20));
    const auto changes = FeatureChanges(KeysOf(published), KeysOf(bundle_.info));
    for (const std::string& change : changes) all += "\n  " + OneLine(change, 80);
    if (changes.empty()) all += "\n  their order, or schema_version";
    return DataRefused(all, "\nremedy: retrain the models that read them, then --new-schema");
  }

  /// The card with our configs; what else stands in it stays, but for a text of ours.
  Result<std::string> MergedCard(const std::string& readme) const {
    if (readme.find_first_not_of(" \t\r\n") == readme.npos) return bundle_.card;
    ARROW_ASSIGN_OR_RAISE(const Card ours, ParseCard(bundle_.card));
    std::vector<CardConfig> configs = ours.configs;
    for (CardConfig& config : configs) config.is_default = config.name == "default";
    const std::vector<std::string> drops = {"default", "by_source", "by_industry",
                                            "by_source_industry"};
    std::string kept = readme;
    if (IsOwnBody(CardBodyOf(readme))) {
      kept.resize(kept.size() - CardBodyOf(readme).size());
      kept += CardBodyOf(bundle_.card);
    }
    return MergeCard(kept, configs, drops);
  }

  /// A split that an earlier bundle had: a file of JSON lines right in splits/.
  bool IsStale(const std::string& path) const {
    const std::string folder = kSplitsFolder;
    if (!path.starts_with(folder) || !path.ends_with(".jsonl")) return false;
    if (path.find('/', folder.size()) != path.npos) return false;
    return std::none_of(bundle_.files.begin(), bundle_.files.end(),
                        [&](const OutputFile& file) { return file.path == path; });
  }

  HubClient& hub_;
  const SignalsPushOptions& options_;
  Progress* const progress_;
  Bundle bundle_;
  RepoId repo_;
  bool exists_ = false;
  PublishReport report_;
};

}  // namespace

Result<PublishReport> PushSignals(HubClient& hub, const SignalsPushOptions& options,
                                  Progress* progress) {
  return SignalsPush(hub, options, progress).Run();
}

}  // namespace hubmill

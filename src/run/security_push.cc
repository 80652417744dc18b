#include "run/security_push.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "io/temporary_folder.h"
#include "net/redact.h"
#include "run/publish.h"
#include "run/published_card.h"
#include "security/sets/sampling_check.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

/// What our own builders write beside the published columns.
const std::set<std::string>& OwnExtraKeys() {
  static const auto* keys =
      new std::set<std::string>{"info.violations[].severity_raw", "meta.patch_source"};
  return *keys;
}

std::string BuildCommand(EvalSet set) {
  return set == EvalSet::kE1 ? "`hubmill security build-iot23` and `hubmill security build-ood`"
                             : "`hubmill security build-k8s-tf`";
}

/// Reads the files that are there; the others are named in `out->missing`.
Result<std::vector<EvalFile>> ReadParts(const CanonicalPushOptions& options, CanonicalSet* out) {
  std::error_code error;
  if (!fs::is_directory(options.data_dir, error)) {
    return WrongUsage("Data directory not found: ", options.data_dir,
                      "; remedy: ", BuildCommand(options.set), " first, or --data-dir");
  }
  std::vector<EvalFile> files;
  for (const EvalPart& part : PartsOf(options.set, options.suffix)) {
    const std::string path = options.data_dir + "/" + part.file;
    if (!fs::exists(path, error)) {
      out->missing.push_back(part.file);
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(EvalFile file, ReadEvalFile(options.set, options.rules, path));
    EvalFileCheck check = CheckEvalFile(options.set, part, file);
    CheckSampling(part, options.data_dir, &check);
    out->check.files.push_back(std::move(check));
    out->problems.insert(out->problems.end(), file.problems.begin(), file.problems.end());
    files.push_back(std::move(file));
  }
  return files;
}

void CountSplits(const CanonicalPushOptions& options, const std::vector<EvalFile>& files,
                 CanonicalSet* out) {
  std::vector<std::string> names = {"train"};
  if (options.set == EvalSet::kE1) names = {"train", "dev", "test", "ood"};
  for (const std::string& name : names) {
    int64_t rows = 0;
    for (const EvalFile& file : files) {
      rows += options.set == EvalSet::kE2
                  ? int64_t(file.rows.size())
                  : std::count_if(file.rows.begin(), file.rows.end(),
                                  [&name](const EvalRow& row) { return row.split == name; });
    }
    if (rows > 0) out->splits.emplace_back(name, rows);
  }
}

/// Keys that would be lost, and whether that is as meant.
std::vector<std::string> ExtraKeys(const CanonicalPushOptions& options,
                                   const std::vector<EvalFile>& files, CanonicalSet* out) {
  std::map<std::string, int64_t> all;
  for (const EvalFile& file : files) {
    for (const auto& [key, rows] : file.extra_keys) all[key] += rows;
  }
  std::vector<std::string> refused;
  for (const auto& [key, rows] : all) {
    out->left_out.push_back(Concat(OneLine(key, 100), " (", rows, " rows)"));
    if (!options.allow_extra_keys && !OwnExtraKeys().contains(key)) {
      refused.push_back(OneLine(key, 100));
    }
  }
  return refused;
}

std::string Indented(const std::string& text) { return "\n  " + text; }

Setting Map(std::vector<std::pair<std::string, Setting>> entries) {
  Setting map;
  map.kind = Setting::Kind::kMap;
  map.entries = std::move(entries);
  map.entry_marks.resize(map.entries.size());
  return map;
}

/// What a gated repository asks of those who want to read it, as the Hub's cards say it.
Setting GatedKeys() {
  const auto text = [](const char* value) { return Setting::Scalar(value); };
  return Map({{"license", text("other")},
              {"license_name", text("evaluation-only")},
              {"extra_gated_heading", text("Ask to use this evaluation set")},
              {"extra_gated_prompt",
               text("These rows are for evaluation only. Do not train on them and do not pass them "
                    "on.")},
              {"extra_gated_fields",
               Map({{"Name", text("text")},
                    {"Affiliation", text("text")},
                    {"What I want to evaluate", text("text")},
                    {"I will use the rows for evaluation only", text("checkbox")}})}});
}

/// `recipe` without files that are not there and splits without rows, and, where wanted, with the
/// answer as text.
void AdaptRecipe(const CanonicalPushOptions& options, const CanonicalSet& set, Recipe* recipe) {
  DatasetRecipe& dataset = recipe->datasets.at(0);
  std::vector<Setting*> open = {&dataset.source.options};
  while (!open.empty()) {
    Setting* setting = open.back();
    open.pop_back();
    std::erase_if(setting->items, [&set](const Setting& item) {
      return std::any_of(set.missing.begin(), set.missing.end(), [&item](const std::string& file) {
        return item.scalar.ends_with("/" + file);
      });
    });
    for (auto& entry : setting->entries) open.push_back(&entry.second);
  }
  for (BlockUse& use : dataset.stages) {  // The library refuses a split without rows.
    if (use.name != "split") continue;
    for (auto& [name, value] : use.options.entries) {
      std::erase_if(value.items, [&set](const Setting& item) {
        return std::none_of(set.splits.begin(), set.splits.end(),
                            [&item](const auto& split) { return split.first == item.scalar; });
      });
    }
  }
  if (options.answer_text) {
    std::erase_if(dataset.stages, [](const BlockUse& use) { return use.name == "encode_label"; });
  }
}

/// What is published under the name that the set has, if anything.
struct Published {
  bool exists = false;
  std::string gated;
  std::vector<std::string> files;
  PublishedCard card;
};

Result<Published> ReadPublished(HubClient& hub, const RepoId& repo) {
  Published published;
  ARROW_ASSIGN_OR_RAISE(const auto found, hub.FindRepo(repo));
  if (!found) return published;
  published.exists = true;
  published.gated = found->gated;
  std::map<std::string, TreeEntry> files;
  ARROW_ASSIGN_OR_RAISE(const auto entries,
                        hub.ListTree(repo, found->commit, "", true, /*missing_ok=*/true));
  for (const TreeEntry& entry : entries) {
    if (entry.directory) continue;
    files.emplace(entry.path, entry);
    published.files.push_back(entry.path);
  }
  ARROW_ASSIGN_OR_RAISE(const auto readme, hub.ReadFile(repo, found->commit, "README.md"));
  ARROW_ASSIGN_OR_RAISE(published.card, ReadPublishedCard(readme.value_or(""), files));
  return published;
}

/// Refuses what would make of the published set another one than was judged.
Status CheckPublished(const Published& published, const CanonicalSet& set) {
  std::string stale;
  for (const CardConfig& config : published.card.card.configs) {
    if (config.name != "default") {
      if (!config.is_default) continue;
      return DataRefused("another config is what load_dataset() takes by default: config=",
                         OneLine(config.name, 100),
                         "; remedy: take `default: true` out of README.md's front matter");
    }
    for (const CardSplit& split : config.splits) {
      const bool stays =
          std::none_of(set.splits.begin(), set.splits.end(),
                       [&split](const auto& fresh) { return fresh.first == split.name; });
      if (stays) stale += Indented("split=" + OneLine(split.name, 100));
    }
  }
  if (stale.empty()) return Status::OK();
  return DataRefused(
      "rows are published that this set does not have, and nobody judged them "
      "together:",
      stale, "\nremedy: --replace-config default, so that nothing old of the rows stays");
}

/// A repository that shall be made anew, put aside under another name until its successor is there.
class SetAside {
 public:
  /// `repo` is free afterwards.
  static Result<SetAside> Move(HubClient& hub, const RepoId& repo) {
    RepoId aside = repo;
    aside.name =
        Concat(repo.name.substr(0, kRepoNameBytesMax - 24), "-old-", hub.clock().UnixMillis());
    ARROW_RETURN_NOT_OK(hub.MoveRepo(repo, aside));
    return SetAside(repo, aside);
  }

  /// It goes for good.
  Status Delete(HubClient& hub) const { return hub.DeleteRepo(aside_); }

  /// It takes its name again; `why` with what became of it.
  Status Restore(HubClient& hub, const Status& why) const {
    Status status = Status::OK();
    const auto made = hub.FindRepo(repo_);
    // A Hub forwards the old name to the new one until something else has it.
    if (made.ok() && made->has_value() && (*made)->id.full() == repo_.full()) {
      status = hub.DeleteRepo(repo_);
    }
    if (status.ok()) status = hub.MoveRepo(aside_, repo_);
    if (status.ok()) return why;
    return why.WithMessage(why.message(), "\nthe repository as it was is at ", aside_.full(),
                           " now; remedy: give it its name again");
  }

 private:
  SetAside(RepoId repo, RepoId aside) : repo_(std::move(repo)), aside_(std::move(aside)) {}
  RepoId repo_;
  RepoId aside_;
};

Status SetGating(HubClient& hub, const RepoId& repo, const std::string& gated) {
  const Status status = hub.SetGated(repo, gated);
  if (status.ok()) return status;
  return status.WithMessage(status.message(),
                            "\nthe rows are published already, to a private repository; remedy: "
                            "the same command once more");
}

/// Publishes to the repository, or to one that takes its place.
Status Publish(HubClient& hub, const RepoId& repo, const CanonicalPushOptions& options,
               const Published& before, const std::string& folder, const PublishOptions& publish,
               CanonicalPush* done, Progress* progress) {
  // Gating is never lost on the way.
  const std::string gated = options.gated.empty() ? before.gated : options.gated;
  if (options.recreate.empty() || !before.exists || options.dry_run) {
    ARROW_ASSIGN_OR_RAISE(done->publish, PublishFolder(hub, folder, publish, progress));
    if (options.gated.empty() || options.dry_run) return Status::OK();
    return SetGating(hub, repo, gated);
  }
  ARROW_ASSIGN_OR_RAISE(const SetAside old, SetAside::Move(hub, repo));
  const auto remake = [&]() -> Status {
    ARROW_RETURN_NOT_OK(hub.CreateRepo(repo, {.is_private = true, .exists_ok = false}).status());
    ARROW_ASSIGN_OR_RAISE(done->publish, PublishFolder(hub, folder, publish, progress));
    return gated.empty() ? Status::OK() : hub.SetGated(repo, gated);
  };
  const Status made = remake();
  if (!made.ok()) return old.Restore(hub, made);
  done->recreated = true;
  return old.Delete(hub);
}

}  // namespace

Status CheckCanonical(const CanonicalPushOptions& options, CanonicalSet* set) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<EvalFile> files, ReadParts(options, set));
  if (files.empty()) {
    return WrongUsage("No canonical data found in ", options.data_dir,
                      "; remedy: ", BuildCommand(options.set), " first, or --data-dir");
  }
  if (!set->missing.empty() && !options.allow_missing) {
    std::string all;
    for (const std::string& file : set->missing) all += Indented(file);
    return WrongUsage("files of the set are missing: folder=", options.data_dir, all,
                      "\nremedy: ", BuildCommand(options.set), ", or --allow-missing");
  }
  CountSplits(options, files, set);
  CheckAcross(options.set, files, /*near_max=*/100, &set->check);
  std::string all;
  for (const std::string& key : ExtraKeys(options, files, set)) {
    all += Indented(Concat("rows have a key that would be lost: key=", key,
                           "; remedy: remove it, or --allow-extra-keys"));
  }
  for (const EvalFileCheck& file : set->check.files) {
    for (const std::string& error : file.errors) all += Indented(file.file + ": " + error);
  }
  for (const std::string& error : set->check.errors) all += Indented(error);
  int64_t unplaced = 0;
  for (const EvalFile& file : files) {
    unplaced += std::count_if(file.rows.begin(), file.rows.end(),
                              [](const EvalRow& row) { return row.split == "demo"; });
  }
  if (unplaced > 0) {
    all += Indented(Concat("rows of no published split: split=demo rows=", unplaced));
  }
  if (all.empty()) return Status::OK();
  return DataRefused("the set was refused, nothing was published:", all,
                     "\nremedy: build it again; `hubmill security validate splits` names the rows");
}

Result<CanonicalPush> PushCanonical(HubClient& hub, Recipe recipe,
                                    const CanonicalPushOptions& options, const CanonicalSet& set,
                                    Progress* progress) {
  AdaptRecipe(options, set, &recipe);
  PublishOptions publish = PublishOptionsOf(recipe);
  publish.repo = options.repo;
  publish.dry_run = options.dry_run;
  publish.as_new = options.dry_run && !options.recreate.empty();
  publish.require_private = true;
  if (!options.gated.empty()) publish.set_front_matter = GatedKeys();
  ARROW_ASSIGN_OR_RAISE(const RepoId named, ParseRepoId(options.repo));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, hub.Complete(named));
  if (!options.recreate.empty() && options.recreate != repo.full()) {
    return WrongUsage("--recreate names another repository: recreate=", options.recreate,
                      " repo=", repo.full(), "; remedy: type the repository's full name");
  }
  if (options.replace || !options.recreate.empty()) publish.replace_configs = {"default"};
  ARROW_RETURN_NOT_OK(CheckPublish(hub, publish));
  ARROW_ASSIGN_OR_RAISE(const Published before, ReadPublished(hub, repo));
  if (publish.replace_configs.empty()) ARROW_RETURN_NOT_OK(CheckPublished(before, set));
  ARROW_ASSIGN_OR_RAISE(const auto scratch, TemporaryFolder::Make("canonical"));
  const RunOptions run{.output_dir = scratch->path() + "/" + recipe.name,
                       .threads = options.threads};
  CanonicalPush done;
  if (!options.recreate.empty()) done.deleted = before.files;
  // All that can fail without the Hub has failed before anything is changed there.
  ARROW_RETURN_NOT_OK(RunRecipe(recipe, run, progress).status());
  ARROW_RETURN_NOT_OK(
      Publish(hub, repo, options, before, run.output_dir, publish, &done, progress));
  ARROW_ASSIGN_OR_RAISE(const auto found, hub.FindRepo(repo));
  if (found) done.gated = found->gated;
  return done;
}

}  // namespace hubmill

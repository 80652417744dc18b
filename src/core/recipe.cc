#include "core/recipe.h"

#include <algorithm>
#include <set>

#include "core/recipe_params.h"
#include "core/split_name.h"

namespace hubmill {
namespace {

using Kind = Setting::Kind;

bool IsSafeName(const std::string& name) {
  auto safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !name.empty() && name.size() <= 96 && name[0] != '.' && name[0] != '-' &&
         std::all_of(name.begin(), name.end(), safe);
}

/// Whether a secret may stand there: where rows are found (the address may need a key), and which
/// of them are kept.  Whatever else a recipe says ends in the data, the card or the commit.
bool TakesSecret(const std::string& what, const std::string& name, const std::string& option) {
  return what == "source" ? option == "path" || option == "url"
                          : what == "stage" && name == "filter";
}

class Loader {
 public:
  Loader(const std::string& file, const Registry& registry, int64_t run_seed, ErrorList* errors)
      : file_(file), registry_(registry), run_seed_(run_seed), errors_(errors) {}

  Recipe Load(Setting root, const ParamValues& values) {
    Recipe recipe{.file = file_};
    if (root.kind != Kind::kMap) {
      errors_->Add(file_, root.mark, "a recipe is a map: recipe, description, params, datasets");
      return recipe;
    }
    CheckKeys(root, "recipe",
              {"recipe", "description", "params", "datasets", "source", "on_bad_row", "stages",
               "sink", "publish", "track", "watch", "on_failure"});
    recipe.params = ReadParams(root.Find("params"), file_, values, run_seed_, errors_);
    for (const RecipeParam& param : recipe.params) {
      if (param.secret && param.from == "--set") return recipe;  // Refused already, its value gone.
    }
    MarkPaths(root, &recipe.params);
    for (auto& [key, value] : root.entries) {
      if (key != "params") SubstituteParams(&value, recipe.params, file_, errors_);
    }
    values_good_ = errors_->empty();
    for (const char* key : {"recipe", "description", "publish", "track"}) {
      if (const Setting* value = root.Find(key)) RefuseSecrets(*value, key);
    }
    recipe.name = Text(root, "recipe");
    recipe.description = Text(root, "description");
    if (recipe.name.empty()) {
      errors_->Add(file_, root.mark, "the recipe has no name; remedy: recipe: NAME");
    } else if (!IsSafeName(recipe.name)) {
      errors_->Add(file_, root.Find("recipe")->mark, "not a name (letters, digits, . _ -): recipe");
    }
    if (const Setting* datasets = root.Find("datasets")) {
      LoadDatasets(root, *datasets, &recipe);
    } else if (root.Find("source") != nullptr) {
      recipe.datasets.push_back(LoadDataset("default", root, root.mark));
    } else {
      errors_->Add(file_, root.mark, "the recipe has no `source` and no `datasets`");
    }
    if (const Setting* publish = root.Find("publish")) {
      recipe.publish = ReadPart<PublishRecipe>(*publish, "publish");
    }
    if (const Setting* track = root.Find("track")) {
      recipe.track = ReadPart<TrackRecipe>(*track, "track");
    }
    if (const Setting* watch = root.Find("watch")) {
      recipe.watch = ReadPart<WatchRecipe>(*watch, "watch");
    }
    if (const Setting* on_failure = root.Find("on_failure")) {
      recipe.on_failure = ReadPart<FailureRecipe>(*on_failure, "on_failure");
      CheckWebhook(recipe.on_failure, on_failure->mark);
    }
    return recipe;
  }

 private:
  template <typename Part>
  Part ReadPart(const Setting& setting, const std::string& name) {
    return OptionTable<Part>().Read(setting, {.file = file_, .owner = name, .run_seed = run_seed_},
                                    errors_);
  }

  void CheckWebhook(const FailureRecipe& on_failure, const Mark& mark) {
    const std::string& url = on_failure.webhook;
    if (url.empty() || url.starts_with("https://") || url.starts_with("http://")) return;
    errors_->Add(file_, mark, "on_failure: webhook: expected a URL, https://…");
  }

  void CheckKeys(const Setting& map, const std::string& owner,
                 const std::vector<std::string>& known) {
    for (size_t i = 0; i < map.entries.size(); ++i) {
      const std::string& key = map.entries[i].first;
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      const std::string nearest = NearestName(key, known);
      std::string all;
      for (const std::string& name : known) all += (all.empty() ? "" : ", ") + name;
      errors_->Add(file_, map.entry_marks[i],
                   Concat(owner, ": unknown key: ", key, "; ",
                          nearest.empty() ? "known: " + all : "did you mean " + nearest + "?"));
    }
  }

  static void MarkPaths(const Setting& dataset, std::vector<RecipeParam>* params) {
    if (dataset.kind != Kind::kMap) return;
    if (const Setting* source = dataset.Find("source")) MarkPathParams(*source, params);
    const Setting* datasets = dataset.Find("datasets");
    if (datasets == nullptr || datasets->kind != Kind::kMap) return;
    for (const auto& entry : datasets->entries) {
      if (entry.second.kind != Kind::kMap) continue;
      if (const Setting* source = entry.second.Find("source")) MarkPathParams(*source, params);
    }
  }

  void RefuseSecrets(const Setting& setting, const std::string& where) {
    if (setting.secret) {
      errors_->Add(file_, setting.mark,
                   Concat("a secret would be written to the output: where=", where,
                          "; remedy: use a parameter that is not secret"));
    }
    for (const Setting& item : setting.items) RefuseSecrets(item, where);
    for (const auto& entry : setting.entries) RefuseSecrets(entry.second, where);
  }

  void RefuseSecrets(const BlockUse& use, const std::string& what) {
    const std::string where = what + " " + use.name;
    if (use.options.kind == Kind::kMap) {
      for (const auto& [option, value] : use.options.entries) {
        if (!TakesSecret(what, use.name, option)) RefuseSecrets(value, where);
      }
    } else if (!TakesSecret(what, use.name, "path")) {  // A source's bare value is its path.
      RefuseSecrets(use.options, where);
    }
  }

  std::string Text(const Setting& map, const char* key) {
    const Setting* value = map.Find(key);
    if (value == nullptr || value->kind == Kind::kNull) return "";
    if (value->kind != Kind::kScalar)
      errors_->Add(file_, value->mark, Concat(key, ": expected a text"));
    return value->scalar;
  }

  void LoadDatasets(const Setting& root, const Setting& datasets, Recipe* recipe) {
    for (const char* key : {"source", "stages", "sink", "on_bad_row"}) {
      if (const Setting* value = root.Find(key)) {
        errors_->Add(
            file_, value->mark,
            Concat(key, ": stands beside `datasets`; remedy: move it ", "into a data set"));
      }
    }
    if (datasets.kind != Kind::kMap || datasets.entries.empty()) {
      errors_->Add(file_, datasets.mark,
                   "datasets: expected a map of name: {source, stages, sink}");
      return;
    }
    if (datasets.entries.size() > kDatasetsMax) {
      errors_->Add(file_, datasets.mark, Concat("too many data sets: max=", kDatasetsMax));
      return;
    }
    if (datasets.Find("default") != nullptr && datasets.Find("data") != nullptr) {
      errors_->Add(
          file_, datasets.mark,
          "the data sets default and data would share the folder data; remedy: rename one");
    }
    for (size_t i = 0; i < datasets.entries.size(); ++i) {
      const auto& [name, setting] = datasets.entries[i];
      const Mark mark = datasets.entry_marks[i];
      if (!IsSafeName(name)) {
        errors_->Add(file_, mark, "not a data set's name (letters, digits, . _ -): " + name);
      }
      if (setting.kind != Kind::kMap) {
        errors_->Add(file_, mark, "data set " + name + ": expected a map: source, stages, sink");
        continue;
      }
      CheckKeys(setting, "data set " + name, {"source", "on_bad_row", "stages", "sink"});
      if (name == "README.md" || name == "manifest.json") {
        errors_->Add(file_, mark, "a file of this name stands in every output: data set " + name);
      }
      recipe->datasets.push_back(LoadDataset(name, setting, mark));
    }
    RefuseSecondStdin(recipe->datasets);
    RefuseSharedFiles(recipe->datasets);
  }

  /// A sink's `file_name` leads out of the data set's own folder: to no file of another one.
  void RefuseSharedFiles(const std::vector<DatasetRecipe>& datasets) {
    const auto file_name_of = [](const DatasetRecipe& dataset) -> std::string {
      const Setting& options = dataset.sink.options;
      const Setting* name = options.kind == Kind::kMap ? options.Find("file_name") : nullptr;
      return name == nullptr ? "" : name->scalar;
    };
    for (size_t i = 0; i < datasets.size(); ++i) {
      const std::string name = file_name_of(datasets[i]);
      if (name.empty()) continue;
      for (size_t k = 0; k < datasets.size(); ++k) {
        const std::string& other = datasets[k].name;
        const std::string folder = (other == "default" ? "data" : other) + "/";
        const bool same = k < i && file_name_of(datasets[k]) == name;
        if (k == i || (!same && !name.starts_with(folder))) continue;
        errors_->Add(
            file_, datasets[i].sink.options.Find("file_name")->mark,
            Concat("sink ", datasets[i].sink.name, ": file_name: the data set ", datasets[i].name,
                   " would write over files of ", other, "; remedy: another folder"));
      }
    }
  }

  void RefuseSecondStdin(const std::vector<DatasetRecipe>& datasets) {
    const DatasetRecipe* first = nullptr;
    for (const DatasetRecipe& dataset : datasets) {
      if (dataset.source.name != "stdin") continue;
      if (first != nullptr) {
        errors_->Add(file_, dataset.source.mark,
                     Concat("standard input can be read once only: data set ", dataset.name,
                            " first_data_set=", first->name, "; remedy: read a file"));
      } else {
        first = &dataset;
      }
    }
  }

  DatasetRecipe LoadDataset(const std::string& name, const Setting& map, const Mark& mark) {
    DatasetRecipe dataset{.name = name, .mark = mark};
    const Setting* source = map.Find("source");
    if (source == nullptr) {
      errors_->Add(file_, mark, "data set " + name + ": no source; remedy: source: PATH");
    } else if (source->kind == Kind::kMap) {
      dataset.source = LoadBlock(*source, "source", registry_.sources);
      CheckSplitNames(dataset.source);
    } else {
      Setting files = *source;
      dataset.source = {.name = "files", .options = files, .mark = source->mark};
      CheckOptions(dataset.source, "source", registry_.sources);
    }
    const std::string on_bad_row = Text(map, "on_bad_row");
    dataset.reject_bad_rows = on_bad_row == "reject";
    if (!on_bad_row.empty() && on_bad_row != "reject" && on_bad_row != "fail") {
      errors_->Add(file_, map.Find("on_bad_row")->mark, "on_bad_row: expected fail or reject");
    }
    LoadStages(name, map.Find("stages"), &dataset);
    const Setting* sink = map.Find("sink");
    if (sink == nullptr || sink->kind == Kind::kNull) {
      dataset.sink = {.name = "parquet", .mark = mark};
    } else {
      dataset.sink = LoadBlock(*sink, "sink", registry_.sinks);
    }
    return dataset;
  }

  /// A map as `path` names splits, whatever the source.
  void CheckSplitNames(const BlockUse& source) {
    const Setting* path = source.options.kind == Kind::kMap ? source.options.Find("path") : nullptr;
    if (path == nullptr || path->kind != Kind::kMap) return;
    for (size_t i = 0; i < path->entries.size(); ++i) {
      const Status status = CheckSplitName(path->entries[i].first);
      if (!status.ok()) {
        errors_->Add(file_, path->entry_marks[i],
                     Concat("source ", source.name, ": path: ", status.message()));
      }
    }
  }

  void LoadStages(const std::string& name, const Setting* stages, DatasetRecipe* dataset) {
    if (stages == nullptr || stages->kind == Kind::kNull) return;
    if (stages->kind != Kind::kList) {
      errors_->Add(file_, stages->mark, "data set " + name + ": stages: expected a list");
      return;
    }
    if (stages->items.size() > kStagesMax) {
      errors_->Add(file_, stages->mark, Concat("too many stages: max=", kStagesMax));
      return;
    }
    for (const Setting& item : stages->items) {
      const size_t errors_before = errors_->messages().size();
      dataset->stages.push_back(LoadBlock(item, "stage", registry_.stages));
      if (errors_->messages().size() == errors_before) TryStage(dataset->stages.back());
    }
  }

  /// What no option shows by itself: a stage is made from its options alone, without any data.
  void TryStage(const BlockUse& use) {
    const StageEntry& entry = registry_.stages.at(use.name);
    if (!entry.make || !values_good_) return;
    const OptionContext context{.file = file_, .owner = "stage " + use.name, .run_seed = run_seed_};
    const Status status = entry.make(use.options, context).status();
    if (status.ok()) return;
    const std::string owner = context.owner + ": ";  // Behind the place, which Add() says too.
    const size_t at = status.message().find(owner);
    errors_->Add(file_, use.options.mark.line > 0 ? use.options.mark : use.mark,
                 at == std::string::npos ? owner + status.message() : status.message().substr(at));
  }

  /// `name`, or `{name: options}`.
  template <typename EntryType>
  BlockUse LoadBlock(const Setting& setting, const std::string& what,
                     const std::map<std::string, EntryType>& known) {
    BlockUse use{.mark = setting.mark};
    if (setting.kind == Kind::kScalar) {
      use.name = setting.scalar;
      use.options.mark = setting.mark;
    } else if (setting.kind == Kind::kMap && setting.entries.size() == 1) {
      use.name = setting.entries[0].first;
      use.options = setting.entries[0].second;
    } else {
      std::string remedy;
      if (setting.kind == Kind::kMap && setting.entries.size() > 1) {
        remedy = Concat("; found: ", setting.entries[0].first, ", ", setting.entries[1].first,
                        "; remedy: indent the options below the name");
      }
      errors_->Add(file_, setting.mark,
                   Concat(what, ": expected one name with its options", remedy));
      return use;
    }
    CheckOptions(use, what, known);
    return use;
  }

  template <typename EntryType>
  void CheckOptions(const BlockUse& use, const std::string& what,
                    const std::map<std::string, EntryType>& known) {
    auto entry = known.find(use.name);
    if (entry == known.end()) {
      std::vector<std::string> names;
      std::string all;
      for (const auto& [name, value] : known) {
        names.push_back(name);
        all += (all.empty() ? "" : ", ") + name;
      }
      const std::string nearest = NearestName(use.name, names);
      errors_->Add(file_, use.mark,
                   Concat("unknown ", what, ": ", use.name, "; ",
                          nearest.empty() ? "known: " + all : "did you mean " + nearest + "?"));
      return;
    }
    RefuseSecrets(use, what);
    entry->second.check(use.options,
                        {.file = file_, .owner = what + " " + use.name, .run_seed = run_seed_},
                        errors_);
  }

  const std::string& file_;
  const Registry& registry_;
  const int64_t run_seed_;
  ErrorList* const errors_;
  bool values_good_ = false;  // Every parameter had its value.
};

}  // namespace

void PublishRecipe::Describe(OptionTable<PublishRecipe>& table) {
  table.Field("repo", &PublishRecipe::repo, "OWNER/NAME, or NAME for a repository of your own.");
  table.Field("private", &PublishRecipe::create_private,
              "Whether a repository that publishing creates is private, as it is by default; where "
              "true is written here, an existing public one is refused.  An existing one is never "
              "changed.");
  table.Field("require_private", &PublishRecipe::require_private,
              "Refuse to publish to a public repository.");
  table.Field("branch", &PublishRecipe::branch, "Branch to commit to; made where it is missing.");
  table.Field("message", &PublishRecipe::message,
              "Message of the commit; by default it names recipe and rows.");
  table.Field(
      "tag", &PublishRecipe::tag,
      "Set on the new commit; a tag is never moved. With %, a pattern of the UTC time such as "
      "v%Y%m%d_%H%M%S: each new version has a tag of its own.");
  table.Field("card", &PublishRecipe::card,
              "Text below the front matter of README.md, where the repository has none.");
  table.Field("front_matter", &PublishRecipe::front_matter,
              "More keys of README.md's front matter, where the repository has none.");
  table.Field("metadata", &PublishRecipe::metadata,
              "What dataset_metadata.json, in the same commit, says of a version.");
  table.Field("restart", &PublishRecipe::restart, "Spaces to restart after a new version.");
}

void TrackRecipe::Describe(OptionTable<TrackRecipe>& table) {
  table.Field("project", &TrackRecipe::project,
              "Of W&B; WANDB_PROJECT_NAME or WANDB_PROJECT of the environment wins.");
  table.Field("job_type", &TrackRecipe::job_type, "Groups the project's runs in W&B.");
  table.Field("tags", &TrackRecipe::tags, "Of each run.");
  table.Field("folder", &TrackRecipe::folder, "Where files of events go, one a run.");
}

void WatchRecipe::Describe(OptionTable<WatchRecipe>& table) {
  table.Field("corrections", &WatchRecipe::corrections,
              "Of the source's queries, the one whose rows are counted.");
  table.Field("ratio", &WatchRecipe::ratio, "Further rows that the set takes for each of these.")
      .Range(0, 1'000);
  table.Field("threshold", &WatchRecipe::threshold, "Rows in all from which a set is prepared.")
      .Range(0, 1'000'000'000);
  table.Field("space", &WatchRecipe::space,
              "Space that prepares the set when it is restarted; empty: it is prepared here.");
  table.Field("restart", &WatchRecipe::restart, "Spaces to restart after a new version.");
  table.Field("poll_s", &WatchRecipe::poll_s, "Seconds between two looks at what `space` does.")
      .Range(1, 86'400);
  table.Field("poll_timeout_s", &WatchRecipe::poll_timeout_s, "Seconds that `space` may take.")
      .Range(1, 7 * 86'400);
}

void FailureRecipe::Describe(OptionTable<FailureRecipe>& table) {
  table.Field("webhook", &FailureRecipe::webhook,
              "URL that gets a POST when a run fails; may be a secret parameter.");
}

Result<Recipe> LoadRecipe(std::string_view text, const std::string& file, const Registry& registry,
                          const ParamValues& values, int64_t run_seed) {
  ARROW_ASSIGN_OR_RAISE(Setting root, ParseYaml(text, file));
  ErrorList errors;
  Recipe recipe = Loader(file, registry, run_seed, &errors).Load(std::move(root), values);
  Status status = errors.ToStatus();
  if (!status.ok()) return Failure(KindOf(status), recipe.Redact(status.message()));
  return recipe;
}

std::string Recipe::Redact(std::string text) const {
  for (const RecipeParam& param : params) {
    if (!param.secret || param.value.empty()) continue;
    for (size_t at = text.find(param.value); at != std::string::npos;
         at = text.find(param.value, at + 3)) {
      text.replace(at, param.value.size(), "***");
    }
  }
  return text;
}

}  // namespace hubmill

// Read this from the bottom up: RunNormalize() is the recipe, what is above it are its parts.
#include "run/llm_normalize.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include "base/clock.h"
#include "base/hash.h"
#include "hub/client.h"
#include "hub/hub_cache.h"
#include "hub/hub_uris.h"
#include "io/file_output.h"
#include "llm/decontaminate.h"
#include "llm/normalize_manifest.h"
#include "run/hub_access.h"
#include "run/license_rollup.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

constexpr char kDedupColumn[] = "hubmill_said";  // For the length of a run.

Result<std::string> ReadSmallFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file.is_open() || file.bad()) {
    return WrongUsage("cannot read a file: file=", path,
                      "; remedy: check the path and its permissions");
  }
  return text.str();
}

/// The data set's files: their addresses, what the manifest calls them, and what tells that one is
/// as it was.
struct FoundFiles {
  std::string prefix;                         // What stands before each path.
  std::vector<std::string> paths;             // "data/low.jsonl"
  std::map<std::string, std::string> states;  // By path: size and time, or the Hub's digest.
};

void AddLocal(const std::string& file, std::string path, FoundFiles* out) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  const auto modified = fs::last_write_time(file, error).time_since_epoch().count();
  out->states[path] = Concat(error ? 0 : size, " ", error ? 0 : modified);
  out->paths.push_back(std::move(path));
}

FoundFiles ListLocal(const std::string& input, bool compat) {
  std::error_code error;
  FoundFiles out;
  if (!fs::is_directory(input, error)) {
    AddLocal(input, input, &out);
    return out;
  }
  out.prefix = input + "/";
  const bool has_data = fs::is_directory(input + "/data", error);
  const fs::path root = compat && has_data ? fs::path(input) / "data" : fs::path(input);
  for (fs::recursive_directory_iterator at(root, error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name[0] == '.' || name[0] == '_' || (compat && at->is_directory())) {
      at.disable_recursion_pending();
    }
    if (at->is_directory() || name[0] == '.' || name[0] == '_') continue;
    AddLocal(at->path().string(), at->path().lexically_relative(input).string(), &out);
  }
  return out;
}

/// Of the Hub, at the commit that its main branch has now; those in data/, or wherever they lie
/// where there is no such folder.
Result<FoundFiles> ListHub(const NormalizeOptions& options) {
  ARROW_ASSIGN_OR_RAISE(HubAccess access, FindHubAccess(options.run.hub, options.run.hub_token));
  ARROW_ASSIGN_OR_RAISE(const auto client, HubClient::Make(std::move(access.hub)));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, ParseRepoId(options.dataset));
  ARROW_ASSIGN_OR_RAISE(const RepoInfo info, client->Info(repo));
  ARROW_ASSIGN_OR_RAISE(auto entries,
                        client->ListTree(repo, info.commit, "data", !options.compat, true));
  if (entries.empty() && !options.compat) {
    ARROW_ASSIGN_OR_RAISE(entries, client->ListTree(repo, info.commit));
  }
  FoundFiles out{.prefix = "hub://" + repo.full() + "@" + info.commit + "/"};
  for (const TreeEntry& entry : entries) {
    if (entry.directory) continue;
    out.paths.push_back(entry.path);
    out.states[entry.path] = entry.large() ? entry.sha256 : entry.git_id;
  }
  return out;
}

void AddEntry(Setting* map, const std::string& key, Setting value) {
  map->kind = Setting::Kind::kMap;
  map->entries.emplace_back(key, std::move(value));
  map->entry_marks.push_back({});
}
void AddEntry(Setting* map, const std::string& key, const std::string& value) {
  Setting scalar = Setting::Scalar(value);
  scalar.quoted = true;
  AddEntry(map, key, std::move(scalar));
}
void AddNumber(Setting* map, const std::string& key, int64_t value) {
  AddEntry(map, key, Setting::Scalar(std::to_string(value)));
}
void AddFlag(Setting* map, const std::string& key, bool value) {
  AddEntry(map, key, Setting::Scalar(value ? "true" : "false"));
}

/// What --adapter names, or what is meant for the data set; with --templates applied.
Result<Adapter> ChooseAdapter(const NormalizeOptions& options, bool parquet) {
  Adapter adapter;
  std::error_code error;
  if (!options.adapter.empty() && fs::exists(options.adapter, error)) {
    ARROW_ASSIGN_OR_RAISE(const std::string yaml, ReadSmallFile(options.adapter));
    ARROW_ASSIGN_OR_RAISE(adapter, ParseAdapter(yaml, options.adapter));
  } else {
    const bool named = !options.adapter.empty();
    ARROW_ASSIGN_OR_RAISE(adapter, AdapterFor(named ? options.adapter : options.dataset));
    if (named && adapter.name != options.adapter) {
      std::string names;
      for (const auto& [name, yaml] : BuiltinAdapters()) names += name + ", ";
      return WrongUsage("no adapter of that name, in the binary or as a file: adapter=",
                        options.adapter, "; remedy: ", names, "or a YAML file that exists");
    }
    // Parquet of no known shape is Harmony text, as published.
    const bool text = parquet && (options.compat || (!named && adapter.name == "chat"));
    if (text && adapter.text.empty()) {
      ARROW_ASSIGN_OR_RAISE(adapter, AdapterFor("harmony"));
    }
  }
  if (!options.templates.empty()) {
    ARROW_ASSIGN_OR_RAISE(const std::string yaml, ReadSmallFile(options.templates));
    ARROW_RETURN_NOT_OK(ApplyTemplates(yaml, options.templates, options.dataset, &adapter));
  }
  return adapter;
}

BlockUse SourceUse(const NormalizeOptions& options, const NormalizeInputs& inputs) {
  const DatasetFiles& files = inputs.files;
  const Adapter& adapter = inputs.adapter;
  BlockUse use{.name = files.parquet ? "parquet" : "jsonl"};
  Setting paths;
  for (const SplitFiles& split : files.splits) {
    std::vector<Setting> list;
    for (const std::string& path : split.files) {
      list.push_back(Setting::Scalar(inputs.prefix + path));
      list.back().quoted = true;
    }
    AddEntry(&paths, split.split, Setting::List(std::move(list)));
  }
  AddEntry(&use.options, "path", std::move(paths));
  if (files.parquet) {
    if (!adapter.text.empty()) {
      AddEntry(&use.options, "columns", Setting::List({Setting::Scalar(adapter.text)}));
    }
  } else {
    AddEntry(&use.options, "raw", "line");
    AddNumber(&use.options, "split_rows_max", options.max_records);
    AddNumber(&use.options, "line_mb_max", 1024);
  }
  return use;
}

BlockUse FilterUse(const std::string& where, const std::string& reason) {
  BlockUse use{.name = "filter"};
  AddEntry(&use.options, "where", where);
  AddEntry(&use.options, "reason", reason);
  return use;
}

/// --dedup_by and --dedup_near: by what was said, without the prompts that all rows share.
void AddTextDedup(const NormalizeOptions& options, std::vector<BlockUse>* uses) {
  if (options.dedup_by.empty() && !options.dedup_near) return;
  const std::string of = options.dedup_by.empty() ? "conversation" : options.dedup_by;
  BlockUse texts{.name = "message_texts"};
  AddEntry(&texts.options, "of", of);
  AddEntry(&texts.options, "to", kDedupColumn);
  BlockUse dedup{.name = options.dedup_near ? "dedup_near" : "dedup_exact"};
  if (options.dedup_near) {
    AddEntry(&dedup.options, "column", kDedupColumn);
  } else {
    AddEntry(&dedup.options, "columns", kDedupColumn);
  }
  BlockUse without{.name = "select"};
  AddEntry(&without.options, "except", Setting::List({Setting::Scalar(kDedupColumn)}));
  uses->push_back(std::move(texts));
  uses->push_back(std::move(dedup));
  uses->push_back(std::move(without));
}

std::vector<BlockUse> StageUses(const NormalizeOptions& options, const DatasetFiles& files,
                                const Adapter& adapter) {
  BlockUse normalize{.name = "llm_normalize"};
  AddEntry(&normalize.options, "dataset", options.dataset);
  AddEntry(&normalize.options, "adapter", OptionTable<Adapter>().Write(adapter));
  AddFlag(&normalize.options, "compat", options.compat);
  AddEntry(&normalize.options, "format", options.format);
  AddEntry(&normalize.options, "markup", options.markup);
  AddEntry(&normalize.options, "id", options.id);
  AddEntry(&normalize.options, "loss_mode", options.loss_mode);
  AddNumber(&normalize.options, "min_completion", options.min_completion);
  AddFlag(&normalize.options, "eval_json", options.eval_json);
  std::vector<BlockUse> uses;
  if (files.parquet && options.max_records > 0) {
    BlockUse first{.name = "limit"};
    AddNumber(&first.options, "rows", options.max_records);
    uses.push_back(std::move(first));
  }
  uses.push_back(std::move(normalize));
  if (options.dedup || !options.compat) {
    BlockUse duplicates{.name = "dedup_exact"};
    AddEntry(&duplicates.options, "columns", options.compat ? "id" : "text_sha1");
    AddEntry(&duplicates.options, "action", options.dedup ? "drop" : "mark");
    if (!options.compat) AddEntry(&duplicates.options, "mark", "quality_is_duplicate");
    AddFlag(&duplicates.options, "by_split", true);
    uses.push_back(std::move(duplicates));
  }
  if (!options.compat && options.id == "uuid") uses.push_back({.name = "unique_ids"});
  if (options.drop_invalid_harmony) {
    uses.push_back(FilterUse("quality_valid_harmony", "invalid_harmony"));
  }
  if (options.drop_empty_completion) {
    uses.push_back(FilterUse("quality_completion_nonempty", "empty_completion"));
  }
  if (options.drop_invalid_tool_schema) {
    uses.push_back(FilterUse("quality_valid_tool_schema", "invalid_tool_schema"));
  }
  if (!options.licenses.empty()) {
    std::string names;
    for (const std::string& id : options.licenses) {
      names += names.empty() ? "'" : ", '";
      for (const char c : id) names += c == '\'' ? "''" : std::string(1, c);
      names += "'";
    }
    uses.push_back(FilterUse("source_license in (" + names + ")", "other_license"));
  }
  if (!options.decontaminate.empty()) {
    BlockUse decontaminate{.name = "decontaminate"};
    std::vector<Setting> sets;
    for (const std::string& set : options.decontaminate) {
      sets.push_back(Setting::Scalar(set));
      sets.back().quoted = true;
    }
    AddEntry(&decontaminate.options, "sets", Setting::List(std::move(sets)));
    uses.push_back(std::move(decontaminate));
  }
  if (options.soft_tags) uses.push_back({.name = "soft_tags"});
  AddTextDedup(options, &uses);
  BlockUse catalog{.name = "tools_catalog"};
  AddEntry(&catalog.options, "file", FileNameOfId(options.dataset) + "__tools_catalog.json");
  uses.push_back(std::move(catalog));
  return uses;
}

BlockUse SinkUse(const NormalizeOptions& options) {
  BlockUse use{.name = "parquet"};
  AddEntry(&use.options, "compression", options.compression);
  AddNumber(&use.options, "level", options.level);
  AddNumber(&use.options, "shard_rows", options.rows_per_shard);
  AddEntry(&use.options, "file_name",
           options.hf_layout ? "data/{split}/part-{shard}"
                             : FileNameOfId(options.dataset) + "__{split}__{shard}");
  return use;
}

int64_t CountOf(const RunReport& report, const std::string& stage, const std::string& count) {
  for (const StageReport& account : report.datasets.at(0).stages) {
    if (account.name != stage) continue;
    const auto found = account.counts.find(count);
    return found == account.counts.end() ? 0 : found->second;
  }
  return 0;
}

NormalizeAccount AccountOf(const NormalizeOptions& options, const NormalizeInputs& inputs,
                           const RunReport& report) {
  const DatasetFiles& files = inputs.files;
  const Adapter& adapter = inputs.adapter;
  SystemClock clock;
  const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
  const int64_t now = epoch != nullptr ? std::atoll(epoch) : clock.UnixNanos() / 1'000'000'000;
  NormalizeAccount out{.dataset = options.dataset,
                       .domain = DomainOf(adapter, options.dataset, options.compat),
                       .generated_at = LocalTimestamp(now)};
  for (size_t i = 0; i < files.splits.size(); ++i) {
    const SplitFiles& split = files.splits[i];
    SplitAccount account{.split = split.split, .input_files = split.files};
    account.input_files.insert(account.input_files.end(), split.unread.begin(), split.unread.end());
    account.rows_in = CountOf(report, "llm_normalize", Concat("rows_of_split_", i));
    if (options.dedup) {
      account.duplicates = CountOf(report, "dedup_exact", Concat("duplicates_of_split_", i));
    }
    for (const OutputFile& file : report.datasets.at(0).outputs) {
      if (file.split != split.split) continue;
      account.rows_out += file.rows;
      ++account.shards;
    }
    out.splits.push_back(std::move(account));
  }
  return out;
}

/// Size and time of the files that an evaluation set is; of one on the Hub its commit.
Result<std::string> StateOfSet(const NormalizeOptions& options, const std::string& set) {
  const std::string path = ParseEvaluationSet(set).path;
  HubUris uris([&] { return FindHubAccess(options.run.hub, options.run.hub_token); }, nullptr);
  if (uris.Knows(path)) {
    ARROW_ASSIGN_OR_RAISE(const ResolvedUri found,
                          uris.Resolve(path, [](std::string_view) { return true; }));
    return found.revision + "\n";
  }
  const FoundFiles found = ListLocal(path, /*compat=*/false);
  std::string text;
  for (const auto& [file, state] : found.states) text += file + " " + state + "\n";
  return text;
}

/// Everything that the rows depend on.
Result<std::string> StateOf(const NormalizeOptions& options, const NormalizeInputs& inputs,
                            const FoundFiles& found) {
  std::string text = Concat(Version(), "\n", inputs.files.parquet, "\n");
  for (const BlockUse& use : StageUses(options, inputs.files, inputs.adapter)) {
    text += use.name + ToJsonText(use.options) + "\n";
  }
  for (const std::string& set : options.decontaminate) {
    ARROW_ASSIGN_OR_RAISE(const std::string state, StateOfSet(options, set));
    text += state;
  }
  text += ToJsonText(SinkUse(options).options) + Concat("\n", options.max_records, "\n");
  for (const SplitFiles& split : inputs.files.splits) {
    for (const std::string& path : split.files) {
      text += Concat(split.split, " ", path, " ", found.states.at(path), "\n");
    }
  }
  return HexOf(Xxh3Hash128(text));
}

}  // namespace

Result<NormalizeInputs> FindNormalizeInputs(const NormalizeOptions& asked) {
  NormalizeOptions options = asked;
  if (options.dataset.empty() && options.input.empty()) {
    return WrongUsage("nothing to read; remedy: --dataset OWNER/NAME, --input PATH, or both");
  }
  if (options.dataset.empty()) {
    options.dataset = SplitOfPath(fs::path(options.input).filename().string(), false);
    if (options.dataset.empty()) options.dataset = fs::path(options.input).stem().string();
  }
  FoundFiles found;
  if (!options.input.empty()) {
    found = ListLocal(options.input, options.compat);
  } else {
    ARROW_ASSIGN_OR_RAISE(found, ListHub(options));
  }
  NormalizeInputs inputs{.dataset = options.dataset, .prefix = found.prefix};
  ARROW_ASSIGN_OR_RAISE(inputs.files,
                        AssignSplits(found.paths, options.compat, options.splits, &inputs.missing));
  ARROW_ASSIGN_OR_RAISE(inputs.adapter, ChooseAdapter(options, inputs.files.parquet));
  ARROW_ASSIGN_OR_RAISE(inputs.state, StateOf(options, inputs, found));
  for (const SplitFiles& split : inputs.files.splits) {
    for (const std::string& path : split.files) {
      if (options.input.empty()) inputs.digests.push_back(found.states.at(path));
    }
  }
  return inputs;
}

Status ForgetCached(const NormalizeOptions& options, const NormalizeInputs& inputs) {
  if (inputs.digests.empty()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(HubAccess access, FindHubAccess(options.run.hub, options.run.hub_token));
  HubCache cache(std::move(access.cache));
  for (const std::string& digest : inputs.digests) {
    cache.Remove("parts/" + digest.substr(0, 2) + "/" + digest);
  }
  return Status::OK();
}

Result<RunReport> RunNormalize(const NormalizeOptions& asked, const NormalizeInputs& inputs,
                               Progress* progress) {
  NormalizeOptions options = asked;
  options.dataset = inputs.dataset;
  Recipe recipe{.file = "llm normalize", .name = "llm-normalize"};
  recipe.datasets.push_back({.name = "default",
                             .source = SourceUse(options, inputs),
                             .reject_bad_rows = true,
                             .stages = StageUses(options, inputs.files, inputs.adapter),
                             .sink = SinkUse(options)});
  RunOptions run = options.run;
  run.output_dir = options.out_dir;
  run.finish = [&](const std::string& folder,
                   const RunReport& report) -> Result<std::vector<std::string>> {
    const NormalizeAccount account = AccountOf(options, inputs, report);
    const std::string manifest = FileNameOfId(options.dataset) + "__manifest.json";
    ARROW_RETURN_NOT_OK(WriteFile(folder + "/" + manifest, RenderManifest(account)));
    ARROW_RETURN_NOT_OK(RollUpLicenses(folder, report));
    if (options.compat && options.hf_layout && options.write_readme) {
      ARROW_RETURN_NOT_OK(WriteFile(folder + "/README.md", RenderReadme(account)));
    }
    return std::vector<std::string>{manifest, kLicensesFile};
  };
  ARROW_ASSIGN_OR_RAISE(RunReport report, RunRecipe(recipe, run, progress));
  for (const std::string& split : inputs.missing) {
    report.notes.push_back("no such split, passed over: split=" + split);
  }
  return report;
}

}  // namespace hubmill

// hubmill llm normalize: a distillation set to rows of Harmony text.
//
// A thin front over RunRecipe(): it finds the files and their splits, composes a recipe of source,
// stages and sink, and adds what the published sets have beside their rows.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/hub_connection.h"
#include "cli/llm_command.h"
#include "cli/run_output.h"
#include "cli/terminal.h"
#include "hubmill/hubmill.h"
#include "llm/adapter.h"
#include "llm/normalize_manifest.h"
#include "llm/split_names.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

constexpr char kFooter[] =
    "Every option may be written with dashes or underscores.  DATASET is read from the Hub unless "
    "--input\nnames a copy.  What is dropped is counted by reason; --rejects keeps file, line and "
    "reason.\n"
    "Examples:\n"
    "  hubmill llm normalize --dataset nvidia/Nemotron-Math-v2 --splits low --out_dir out/math\n"
    "  hubmill llm normalize --dataset alice/chats --input chats.jsonl.zst --out_dir out/chats\n"
    "docs/recipes/llm.md has the columns, the adapters and the rules.";

struct NormalizeArguments : HubChoice {
  std::string dataset;
  std::string input;
  std::vector<std::string> splits;
  std::string out_dir = "cpu_out";
  std::string adapter;
  std::string templates;
  int64_t rows_per_shard = 100'000;
  std::string compression = "zstd";
  int64_t level = 1;
  int64_t max_records = 0;
  bool hf_layout = false;
  bool write_readme = false;
  bool dedup = false;
  bool drop_invalid_harmony = false;
  bool drop_empty_completion = false;
  bool drop_invalid_tool_schema = false;
  bool compat = false;
  bool no_eval_json = false;
  std::string format = "source";
  std::string markup = "escape";
  std::string id = "uuid";
  std::string loss_mode = "assistant_all";
  int64_t min_completion = 1;
  RunOptions run;
  OutputArguments output;
};

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

/// The data set's files: their addresses, and what the manifest calls them.
struct Inputs {
  std::string prefix;              // What stands before each path.
  std::vector<std::string> paths;  // "data/low.jsonl"
};

Inputs ListLocal(const std::string& input, bool compat) {
  std::error_code error;
  if (!fs::is_directory(input, error)) return {.prefix = "", .paths = {input}};
  Inputs out{.prefix = input + "/"};
  const bool has_data = fs::is_directory(input + "/data", error);
  const fs::path root = compat && has_data ? fs::path(input) / "data" : fs::path(input);
  for (fs::recursive_directory_iterator at(root, error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name[0] == '.' || name[0] == '_' || (compat && at->is_directory())) {
      at.disable_recursion_pending();
    }
    if (at->is_directory() || name[0] == '.' || name[0] == '_') continue;
    out.paths.push_back(fs::relative(at->path(), input).string());
  }
  return out;
}

/// Of the Hub, at the commit that its main branch has now.
Result<Inputs> ListHub(const NormalizeArguments& arguments, HubClient& client) {
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, ParseRepoId(arguments.dataset));
  ARROW_ASSIGN_OR_RAISE(const RepoInfo info, client.Info(repo));
  ARROW_ASSIGN_OR_RAISE(const auto entries,
                        client.ListTree(repo, info.commit, "data", !arguments.compat, true));
  Inputs out{.prefix = "hub://" + repo.full() + "@" + info.commit + "/"};
  for (const TreeEntry& entry : entries) {
    if (!entry.directory) out.paths.push_back(entry.path);
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
Result<Adapter> ChooseAdapter(const NormalizeArguments& arguments, bool parquet) {
  Adapter adapter;
  std::error_code error;
  if (!arguments.adapter.empty() && fs::exists(arguments.adapter, error)) {
    ARROW_ASSIGN_OR_RAISE(const std::string yaml, ReadSmallFile(arguments.adapter));
    ARROW_ASSIGN_OR_RAISE(adapter, ParseAdapter(yaml, arguments.adapter));
  } else {
    const bool named = !arguments.adapter.empty();
    ARROW_ASSIGN_OR_RAISE(adapter, AdapterFor(named ? arguments.adapter : arguments.dataset));
    if (named && adapter.name != arguments.adapter) {
      return WrongUsage(
          "no adapter of that name, in the binary or as a file: adapter=", arguments.adapter,
          "; remedy: math-v2, math-proofs, science, agentic, "
          "instruction-chat, chat, harmony, or a YAML file");
    }
    // Parquet of no known shape is Harmony text, as published.
    const bool text = parquet && (arguments.compat || (!named && adapter.name == "chat"));
    if (text && adapter.text.empty()) {
      ARROW_ASSIGN_OR_RAISE(adapter, AdapterFor("harmony"));
    }
  }
  if (!arguments.templates.empty()) {
    ARROW_ASSIGN_OR_RAISE(const std::string yaml, ReadSmallFile(arguments.templates));
    ARROW_RETURN_NOT_OK(ApplyTemplates(yaml, arguments.templates, arguments.dataset, &adapter));
  }
  return adapter;
}

BlockUse SourceUse(const NormalizeArguments& arguments, const Inputs& inputs,
                   const DatasetFiles& files, const Adapter& adapter) {
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
    AddNumber(&use.options, "split_rows_max", arguments.max_records);
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

std::vector<BlockUse> StageUses(const NormalizeArguments& arguments, const DatasetFiles& files,
                                const Adapter& adapter) {
  BlockUse normalize{.name = "llm_normalize"};
  AddEntry(&normalize.options, "dataset", arguments.dataset);
  AddEntry(&normalize.options, "adapter", OptionTable<Adapter>().Write(adapter));
  AddFlag(&normalize.options, "compat", arguments.compat);
  AddEntry(&normalize.options, "format", arguments.format);
  AddEntry(&normalize.options, "markup", arguments.markup);
  AddEntry(&normalize.options, "id", arguments.id);
  AddEntry(&normalize.options, "loss_mode", arguments.loss_mode);
  AddNumber(&normalize.options, "min_completion", arguments.min_completion);
  AddFlag(&normalize.options, "eval_json", !arguments.no_eval_json);
  std::vector<BlockUse> uses;
  if (files.parquet && arguments.max_records > 0) {
    BlockUse first{.name = "first_rows"};
    AddNumber(&first.options, "rows", arguments.max_records);
    uses.push_back(std::move(first));
  }
  uses.push_back(std::move(normalize));
  if (arguments.dedup || !arguments.compat) {
    BlockUse duplicates{.name = "mark_duplicates"};
    AddEntry(&duplicates.options, "columns", arguments.compat ? "id" : "text_sha1");
    if (!arguments.compat) AddEntry(&duplicates.options, "mark", "quality_is_duplicate");
    AddFlag(&duplicates.options, "drop", arguments.dedup);
    uses.push_back(std::move(duplicates));
  }
  if (!arguments.compat && arguments.id == "uuid") uses.push_back({.name = "unique_ids"});
  if (arguments.drop_invalid_harmony) {
    uses.push_back(FilterUse("quality_valid_harmony", "invalid_harmony"));
  }
  if (arguments.drop_empty_completion) {
    uses.push_back(FilterUse("quality_completion_nonempty", "empty_completion"));
  }
  if (arguments.drop_invalid_tool_schema) {
    uses.push_back(FilterUse("quality_valid_tool_schema", "invalid_tool_schema"));
  }
  BlockUse catalog{.name = "tools_catalog"};
  AddEntry(&catalog.options, "file", FileNameOfId(arguments.dataset) + "__tools_catalog.json");
  uses.push_back(std::move(catalog));
  return uses;
}

BlockUse SinkUse(const NormalizeArguments& arguments) {
  BlockUse use{.name = "parquet"};
  AddEntry(&use.options, "compression", arguments.compression);
  AddNumber(&use.options, "level", arguments.level);
  AddNumber(&use.options, "shard_rows", arguments.rows_per_shard);
  AddEntry(&use.options, "file_name",
           arguments.hf_layout ? "data/{split}/part-{shard}"
                               : FileNameOfId(arguments.dataset) + "__{split}__{shard}");
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

NormalizeAccount AccountOf(const NormalizeArguments& arguments, const Adapter& adapter,
                           const DatasetFiles& files, const RunReport& report) {
  SystemClock clock;
  const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
  const int64_t now = epoch != nullptr ? std::atoll(epoch) : clock.UnixNanos() / 1'000'000'000;
  NormalizeAccount out{
      .dataset = arguments.dataset,
      .domain = adapter.domain.empty() ? DomainOfId(arguments.dataset) : adapter.domain,
      .generated_at = LocalTimestamp(now)};
  for (size_t i = 0; i < files.splits.size(); ++i) {
    const SplitFiles& split = files.splits[i];
    SplitAccount account{.split = split.split, .input_files = split.files};
    account.input_files.insert(account.input_files.end(), split.unread.begin(), split.unread.end());
    account.rows_in = CountOf(report, "llm_normalize", Concat("rows_of_split_", i));
    if (arguments.dedup) {
      account.duplicates = CountOf(report, "mark_duplicates", Concat("duplicates_of_split_", i));
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

Status WriteWhole(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  return file ? Status::OK()
              : RunFailed("cannot write a file: file=", path, "; remedy: free disk space");
}

Status Normalize(NormalizeArguments arguments) {
  if (arguments.dataset.empty() && arguments.input.empty()) {
    return WrongUsage("nothing to read; remedy: --dataset OWNER/NAME, --input PATH, or both");
  }
  if (arguments.dataset.empty()) {
    arguments.dataset = SplitOfPath(fs::path(arguments.input).filename().string(), false);
    if (arguments.dataset.empty()) arguments.dataset = fs::path(arguments.input).stem().string();
  }
  ARROW_ASSIGN_OR_RAISE(const RunHub hub, OpenHubOfRun(arguments));
  arguments.run.hub = hub.url;
  arguments.run.hub_token = hub.token;
  Inputs inputs;
  if (!arguments.input.empty()) {
    inputs = ListLocal(arguments.input, arguments.compat);
  } else if (hub.connection != nullptr) {
    ARROW_ASSIGN_OR_RAISE(inputs, ListHub(arguments, **hub.connection));
  } else {
    ARROW_ASSIGN_OR_RAISE(const HubConnection client, OpenHub(arguments));
    ARROW_ASSIGN_OR_RAISE(inputs, ListHub(arguments, *client));
  }
  std::vector<std::string> missing;
  ARROW_ASSIGN_OR_RAISE(const DatasetFiles files,
                        AssignSplits(inputs.paths, arguments.compat, arguments.splits, &missing));
  ARROW_ASSIGN_OR_RAISE(const Adapter adapter, ChooseAdapter(arguments, files.parquet));

  Recipe recipe{.file = "llm normalize", .name = "llm-normalize"};
  recipe.datasets.push_back({.name = "default",
                             .source = SourceUse(arguments, inputs, files, adapter),
                             .reject_bad_rows = true,
                             .stages = StageUses(arguments, files, adapter),
                             .sink = SinkUse(arguments)});
  arguments.run.output_dir = arguments.out_dir;
  arguments.run.finish = [&](const std::string& folder,
                             const RunReport& report) -> Result<std::vector<std::string>> {
    const NormalizeAccount account = AccountOf(arguments, adapter, files, report);
    const std::string manifest = FileNameOfId(arguments.dataset) + "__manifest.json";
    ARROW_RETURN_NOT_OK(WriteWhole(folder + "/" + manifest, RenderManifest(account)));
    if (arguments.compat && arguments.hf_layout && arguments.write_readme) {
      ARROW_RETURN_NOT_OK(WriteWhole(folder + "/README.md", RenderReadme(account)));
    }
    return std::vector<std::string>{manifest};
  };
  RunReport report;
  {
    Progress progress;
    InterruptScope interrupt(&progress);
    ProgressBar bar(&progress, arguments.output.BarWanted());
    ARROW_ASSIGN_OR_RAISE(report, RunRecipe(recipe, arguments.run, &progress));
  }
  for (const std::string& split : missing) {
    report.notes.push_back("no such split, passed over: split=" + split);
  }
  PrintReport(report, arguments.output, /*dry_run=*/false);
  return Status::OK();
}

/// "--max_records" is also "--max-records".
std::string BothNames(std::string name) {
  std::string dashes = name;
  for (size_t i = 2; i < dashes.size(); ++i) {
    if (dashes[i] == '_') dashes[i] = '-';
  }
  return dashes == name ? name : name + "," + dashes;
}

void AddReadingOptions(CLI::App* command, NormalizeArguments* arguments) {
  command->add_option("--dataset", arguments->dataset, "Its id, which selects the adapter");
  command->add_option("--input", arguments->input,
                      "File or folder that is read instead of the Hub");
  command->add_option("--splits", arguments->splits, "Only these, in this order");
  command->add_option("--adapter", arguments->adapter, "A YAML file, or the name of a shipped one");
  command->add_option("--templates", arguments->templates,
                      "YAML file: data set id to system and developer texts");
  command
      ->add_option(BothNames("--max_records"), arguments->max_records,
                   "Records of each split (0: all)")
      ->check(CLI::Range(int64_t{0}, kLimitMax));
  AddHubChoice(command, arguments);
}

void AddRuleOptions(CLI::App* command, NormalizeArguments* arguments) {
  command->add_flag("--compat", arguments->compat,
                    "As the original, losses included: its 30 columns, ids, files and counts");
  command
      ->add_option("--format", arguments->format,
                   "source: as the published sets (default); harmony: the official form")
      ->check(CLI::IsMember({"source", "harmony"}));
  command->add_option("--markup", arguments->markup, "<|name|> in source texts (escape)")
      ->check(CLI::IsMember({"escape", "drop", "verbatim"}));
  command->add_option("--id", arguments->id, "What a row is named by (uuid)")
      ->check(CLI::IsMember({"uuid", "content", "text"}));
  command->add_option(BothNames("--loss_mode"), arguments->loss_mode, "(assistant_all)")
      ->check(CLI::IsMember({"assistant_all", "assistant_last"}));
  command
      ->add_option(BothNames("--min_completion"), arguments->min_completion,
                   "Characters that make an answer one (1)")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--dedup", arguments->dedup, "Drop exact repeats, over all splits");
  command->add_flag(BothNames("--drop_invalid_harmony"), arguments->drop_invalid_harmony,
                    "Drop rows whose text does not parse");
  command->add_flag(BothNames("--drop_empty_completion"), arguments->drop_empty_completion,
                    "Drop rows without an answer");
  command->add_flag(BothNames("--drop_invalid_tool_schema"), arguments->drop_invalid_tool_schema,
                    "Drop rows whose tool messages are malformed");
  command->add_flag(BothNames("--no_eval_json"), arguments->no_eval_json,
                    "Without the column meta_eval_json");
}

void AddWritingOptions(CLI::App* command, NormalizeArguments* arguments) {
  command->add_option(BothNames("--out_dir"), arguments->out_dir, "Output folder (cpu_out)");
  command
      ->add_option(BothNames("--rows_per_shard"), arguments->rows_per_shard,
                   "Rows of a file (100000)")
      ->check(CLI::Range(int64_t{1}, kLimitMax));
  command->add_option("--compression", arguments->compression, "(zstd)")
      ->check(CLI::IsMember({"zstd", "snappy", "none"}));
  command->add_option("--level", arguments->level, "zstd level (1)")->check(CLI::Range(1, 22));
  command->add_flag(BothNames("--hf_layout"), arguments->hf_layout,
                    "data/SPLIT/part-NNNNN.parquet, which the `datasets` library loads");
  command->add_flag(BothNames("--write_readme"), arguments->write_readme,
                    "With --compat and --hf_layout: the original's README.md; else there always "
                    "is one");
  command
      ->add_option(BothNames("--num_workers") + ",--threads", arguments->run.threads,
                   "Threads (0: one a core); changes no result")
      ->check(CLI::Range(0, 1024));
  command->add_option("--rejects", arguments->run.rejects_dir, "Keep dropped rows in this folder");
  command->add_flag("--fresh", arguments->run.fresh, "Forget what an interrupted run left");
  AddOutputOptions(*command, &arguments->output);
}

}  // namespace

void AddLlmNormalizeCommand(CLI::App& llm, CommandContext* context) {
  auto arguments = std::make_shared<NormalizeArguments>();
  CLI::App* command = llm.add_subcommand("normalize", "A distillation set to rows of Harmony text");
  command->footer(kFooter);
  AddReadingOptions(command, arguments.get());
  AddRuleOptions(command, arguments.get());
  AddWritingOptions(command, arguments.get());
  command->callback([arguments, context] {
    const Status status = Normalize(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill

// hubmill llm run: all data sets in one command.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "cli/llm_command.h"
#include "cli/llm_options.h"
#include "cli/push_target.h"
#include "cli/run_output.h"
#include "cli/terminal.h"
#include "cli/text_table.h"
#include "run/llm_run.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kFooter[] =
    "Each data set is normalized without invalid Harmony, empty completions, malformed tool "
    "messages and\nexact repeats; then all of them are sorted into pools, each text once.  What is "
    "as it was since the\nlast run is not made again.  Every option is also taken with dashes.\n"
    "Examples:\n"
    "  hubmill llm run --max_records 1000 --out out/llm\n"
    "  hubmill llm run --in samples/llm/sets --out out/llm --push --repo alice/pools\n"
    "docs/recipes/llm.md tells the rest.";

/// The four of the document; what else was dropped gets a column where there is any.
constexpr const char* kHardDrops[] = {"invalid_harmony", "empty_completion", "invalid_tool_schema",
                                      "duplicate"};

struct LlmRunArguments : PushArguments {
  LlmRunOptions options;
  std::vector<std::string> datasets;
  std::string in_dir;
  OutputArguments output;
};

using Line = TableLine;

Line LineOf(const LlmSetReport& set, const std::vector<std::string>& reasons) {
  Line line = {set.dataset, WithCommas(set.read)};
  for (const std::string& reason : reasons) {
    const auto found = set.drops.find(reason);
    line.push_back(WithCommas(found == set.drops.end() ? 0 : found->second));
  }
  const auto tenths = int64_t(set.seconds * 10 + 0.5);
  line.push_back(WithCommas(set.written));
  line.push_back(Concat(tenths / 10, ".", tenths % 10));
  line.push_back(set.unchanged ? "unchanged" : "");
  return line;
}

std::string SummaryTable(const LlmRunReport& report) {
  std::vector<std::string> reasons(std::begin(kHardDrops), std::end(kHardDrops));
  std::set<std::string> others;
  LlmSetReport all{.dataset = "all"};
  for (const LlmSetReport& set : report.sets) {
    all.read += set.read;
    all.written += set.written;
    all.seconds += set.seconds;
    for (const auto& [reason, rows] : set.drops) {
      all.drops[reason] += rows;
      if (std::find(reasons.begin(), reasons.end(), reason) == reasons.end()) {
        others.insert(reason);
      }
    }
  }
  reasons.insert(reasons.end(), others.begin(), others.end());
  Line head = {"data set", "read"};
  head.insert(head.end(), reasons.begin(), reasons.end());
  head.insert(head.end(), {"written", "seconds", ""});
  std::vector<Line> lines = {head};
  for (const LlmSetReport& set : report.sets) lines.push_back(LineOf(set, reasons));
  lines.push_back(LineOf(all, reasons));
  return RenderTable(lines);
}

std::string PoolsTable(const LlmRunReport& report) {
  std::string repeats;
  if (report.repeats > 0) {
    repeats = "repeats of an earlier data set, in no pool: " + WithCommas(report.repeats) + "\n";
  }
  if (report.pools_unchanged) return repeats + "pools: unchanged, " + report.pools_dir + "\n";
  std::vector<Line> lines = {{"pool", "rows", "files"}};
  for (const PoolFacts& pool : report.pools.pools) {
    if (pool.rows > 0) lines.push_back({pool.name, WithCommas(pool.rows), WithCommas(pool.shards)});
  }
  return RenderTable(lines) + repeats + "output: " + report.pools_dir + "\n";
}

std::string RenderJson(const LlmRunReport& report, const std::optional<PublishReport>& publish) {
  Json sets = Json::array();
  for (const LlmSetReport& set : report.sets) {
    sets.push_back({{"dataset", set.dataset},
                    {"folder", set.folder},
                    {"read", set.read},
                    {"dropped", set.drops},
                    {"written", set.written},
                    {"unchanged", set.unchanged},
                    {"seconds", set.seconds}});
  }
  Json pools = Json::object();
  for (const PoolFacts& pool : report.pools.pools) pools[pool.name] = pool.rows;
  Json out{{"sets", sets},
           {"pools_dir", report.pools_dir},
           {"pools_unchanged", report.pools_unchanged},
           {"repeats_of_earlier_sets", report.repeats},
           {"pools", pools}};
  if (publish) out["publish"] = Json::parse(publish->ToJson());
  return out.dump() + "\n";
}

/// Those of --in, of --datasets (ID or ID=ADAPTER), or the document's.
Result<std::vector<LlmSet>> SetsOf(const LlmRunArguments& arguments) {
  std::vector<LlmSet> named;
  std::vector<std::string> ids;
  for (const std::string& text : arguments.datasets) {
    const size_t equal = std::min(text.find('='), text.size());
    ids.push_back(text.substr(0, equal));
    named.push_back({.dataset = ids.back()});
    if (equal < text.size()) named.back().adapter = text.substr(equal + 1);
  }
  if (arguments.in_dir.empty()) return named.empty() ? DocumentSets() : named;
  ARROW_ASSIGN_OR_RAISE(auto found, FindLlmSets(arguments.in_dir, ids));
  for (size_t i = 0; i < named.size(); ++i) {
    if (!named[i].adapter.empty()) found[i].adapter = named[i].adapter;
  }
  return found;
}

Status RunSets(LlmRunArguments& arguments) {
  LlmRunOptions& options = arguments.options;
  ARROW_ASSIGN_OR_RAISE(options.sets, SetsOf(arguments));
  ARROW_ASSIGN_OR_RAISE(const RunHub hub, OpenHubOfRun(arguments));
  options.pools.hub = options.normalize.run.hub = hub.url;
  options.pools.hub_token = options.normalize.run.hub_token = hub.token;
  options.pools.threads = options.normalize.run.threads;
  options.pools.sink.shard_rows = options.normalize.rows_per_shard;
  options.pools.sink.compression = options.normalize.compression;
  options.pools.sink.level = options.normalize.level;
  LlmRunReport report;
  std::optional<PublishReport> publish;
  {
    Progress progress;
    InterruptScope interrupt(&progress);
    ProgressBar bar(&progress, arguments.output.BarWanted());
    ARROW_ASSIGN_OR_RAISE(const PushTarget target,
                          PushTarget::Open(arguments, hub, options.out_dir + "/pools"));
    ARROW_ASSIGN_OR_RAISE(report, RunLlm(options, &progress));
    ARROW_ASSIGN_OR_RAISE(publish, target.Publish(&progress));
  }
  if (arguments.output.json) {
    PrintFacts(RenderJson(report, publish));
    return Status::OK();
  }
  if (arguments.output.quiet) return Status::OK();
  PrintFacts(SummaryTable(report) + "\n" + PoolsTable(report));
  if (publish) PrintPublish(*publish, WithPlace(arguments, arguments.output, &*publish));
  return Status::OK();
}

}  // namespace

void AddLlmRunCommand(CLI::App& llm, CommandContext* context) {
  auto arguments = std::make_shared<LlmRunArguments>();
  LlmRunOptions& options = arguments->options;
  CLI::App* command = llm.add_subcommand("run", "All data sets: normalize, pools, publish");
  command->footer(kFooter);
  command->add_option("--datasets", arguments->datasets,
                      "ID or ID=ADAPTER; without --in, of the Hub (the five Nemotron sets)");
  command->add_option("--in", arguments->in_dir,
                      "Folder with a folder for each data set, OWNER/NAME/data/*.jsonl; "
                      "adapter.yaml in one is its adapter");
  command->add_option("--out,--out_dir,--out-dir", options.out_dir, "Output folder (out/llm)");
  command->add_flag("--keep", options.keep, "Keep what is dropped otherwise");
  command->add_flag(BothNames("--keep_cache"), options.keep_cache,
                    "Keep what was read of the Hub (HUBMILL_CACHE_GB at most) for another run");
  AddRowOptions(command, &options.normalize);
  AddFileOptions(command, &options.normalize.rows_per_shard, &options.normalize.compression,
                 &options.normalize.level);
  AddPoolOptions(command, &options.pools);
  command
      ->add_option(BothNames("--num_workers") + ",--threads", options.normalize.run.threads,
                   "Threads (0: one a core); changes no result")
      ->check(CLI::Range(0, 1024));
  command->add_option("--rejects", options.rejects_dir, "Keep dropped rows in this folder");
  command->add_flag("--fresh", options.normalize.run.fresh, "Make everything again");
  AddPushOptions(command, arguments.get());
  AddOutputOptions(*command, &arguments->output);
  command->callback([arguments, context] {
    const Status status = RunSets(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill

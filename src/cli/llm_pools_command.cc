// hubmill llm pools --in_dir D --out_dir P
#include <algorithm>
#include <memory>
#include <string>

#include "cli/hub_connection.h"
#include "cli/llm_command.h"
#include "cli/llm_options.h"
#include "cli/push_target.h"
#include "cli/run_output.h"
#include "cli/terminal.h"
#include "run/llm_pools.h"

namespace hubmill {
namespace {

constexpr char kFooter[] =
    "Every option is also taken with dashes (--in-dir).  docs/recipes/llm-pools.md tells the "
    "rest.\n"
    "Examples:\n"
    "  hubmill llm pools --in_dir out/normalized --out_dir out/pools\n"
    "  hubmill llm pools --in_dir out/normalized --dry-run\n"
    "  hubmill llm pools --print-pools > pools.yaml   # change it, then: --pools pools.yaml\n"
    "  hubmill llm pools --in_dir out/normalized --out_dir out/pools --push --repo alice/pools";

struct PoolsArguments : PushArguments {
  PoolsOptions options{.out_dir = "cpu_pools"};
  bool print_pools = false;
  int64_t progress_every = 0;
  OutputArguments output;
};

void PrintPools(const PoolsReport& report, const PoolsArguments& arguments) {
  if (arguments.output.json) return PrintFacts(report.run.ToJson() + "\n");
  if (arguments.output.quiet) return;
  size_t width = 0;
  for (const PoolFacts& pool : report.pools) width = std::max(width, pool.name.size());
  for (const PoolFacts& pool : report.pools) {
    PrintFacts(pool.name + std::string(width - pool.name.size() + 2, ' ') + WithCommas(pool.rows) +
               " rows  " + WithCommas(pool.shards) + " files  where " + pool.where + "\n");
  }
  for (const auto& [reason, rows] : report.drops) {
    PrintFacts("dropped: " + WithCommas(rows) + " rows, " + reason + "\n");
  }
  PrintFacts("input: " + WithCommas(report.rows_in) + " rows, " + WithCommas(report.rows_base) +
             " of them sound\n");
  if (arguments.options.dry_run) return PrintFacts("dry run: nothing written\n");
  PrintFacts("output: " + report.run.output_dir + "\n");
  int64_t rows_out = 0;
  for (const PoolFacts& pool : report.pools) rows_out += pool.rows;
  const int64_t bytes = report.run.datasets.empty() ? 0 : report.run.datasets[0].bytes_read;
  PrintMessage(SummaryLine(report.rows_in, rows_out, bytes, report.run.wall_s));
  if (!report.run.publish) return;
  PublishReport publish = *report.run.publish;
  PrintPublish(publish, WithPlace(arguments, arguments.output, &publish));
}

Status Pools(PoolsArguments& arguments) {
  PoolsOptions& options = arguments.options;
  if (arguments.print_pools) {
    PrintFacts(ShippedPools(!options.compat));
    return Status::OK();
  }
  if (options.in_dir.empty()) {
    return WrongUsage("no input is named; remedy: --in_dir FOLDER, the output of normalize");
  }
  if (options.compat && !options.rules_file.empty()) {
    return WrongUsage("--compat has its own pools; remedy: leave out --compat or --pools");
  }
  options.sink.original_names = options.compat;
  ARROW_ASSIGN_OR_RAISE(const RunHub hub, OpenHubOfRun(arguments));
  options.hub = hub.url;
  options.hub_token = hub.token;
  PoolsReport report;
  {
    Progress progress;
    InterruptScope interrupt(&progress);
    ProgressBar bar(&progress, arguments.output.BarWanted());
    ARROW_ASSIGN_OR_RAISE(const PushTarget target,
                          PushTarget::Open(arguments, hub, options.out_dir));
    ARROW_ASSIGN_OR_RAISE(report, RunPools(options, &progress));
    ARROW_ASSIGN_OR_RAISE(report.run.publish, target.Publish(&progress));
  }
  PrintPools(report, arguments);
  return Status::OK();
}

}  // namespace

void AddLlmPoolsCommand(CLI::App& llm, CommandContext* context) {
  auto arguments = std::make_shared<PoolsArguments>();
  PoolsOptions& options = arguments->options;
  CLI::App* command = llm.add_subcommand("pools", "Candidate pools of normalized rows");
  command->footer(kFooter);
  command->add_option("--in_dir,--in-dir", options.in_dir,
                      "Folder (or hub://OWNER/NAME) of normalized *.parquet files");
  command->add_option("--out_dir,--out-dir", options.out_dir,
                      "Folder to write, one folder in it a pool (cpu_pools)");
  AddPoolOptions(command, &options);
  command->add_flag("--print_pools,--print-pools", arguments->print_pools,
                    "Print the shipped pools as YAML, and end");
  AddFileOptions(command, &options.sink.shard_rows, &options.sink.compression, &options.sink.level);
  AddDecontaminateOption(command, &options.drops.decontaminate);
  command->add_flag("--dedup", options.drops.dedup,
                    "Drop rows whose text an earlier row has, over all files");
  command->add_option("--rejects", options.rejects_dir,
                      "Keep what --dedup and --decontaminate drop in this folder");
  command->add_flag("--compat", options.compat,
                    "The source program's eleven pools, file names, columns and manifest");
  CLI::Option* push = AddPushOptions(command, arguments.get());
  command
      ->add_flag("--dry_run,--dry-run", options.dry_run,
                 "Count the pools' rows, reading no column but those of the conditions")
      ->excludes(push);
  command
      ->add_option("--threads,--num_threads,--num-threads", options.threads,
                   "Threads (0: one a core); changes no result")
      ->check(CLI::Range(0, 1024));
  command
      ->add_option("--progress_every,--progress-every", arguments->progress_every,
                   "Taken for old command lines: the progress bar goes by time")
      ->check(CLI::NonNegativeNumber);
  AddOutputOptions(*command, &arguments->output);
  command->callback([arguments, context] {
    const Status status = Pools(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill

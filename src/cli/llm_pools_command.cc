// hubmill llm pools --in_dir D --out_dir P
#include <algorithm>
#include <memory>
#include <string>

#include "cli/hub_connection.h"
#include "cli/llm_command.h"
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
    "  hubmill llm pools --print-pools > pools.yaml   # change it, then: --pools pools.yaml";

struct PoolsArguments {
  PoolsOptions options{.out_dir = "cpu_pools"};
  bool print_pools = false;
  int64_t progress_every = 0;
  HubChoice hub;
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
  PrintFacts("input: " + WithCommas(report.rows_in) + " rows, " + WithCommas(report.rows_base) +
             " of them sound\n");
  if (arguments.options.dry_run) return PrintFacts("dry run: nothing written\n");
  PrintFacts("output: " + report.run.output_dir + "\n");
  int64_t rows_out = 0;
  for (const PoolFacts& pool : report.pools) rows_out += pool.rows;
  const int64_t bytes = report.run.datasets.empty() ? 0 : report.run.datasets[0].bytes_read;
  PrintMessage(SummaryLine(report.rows_in, rows_out, bytes, report.run.wall_s));
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
  ARROW_ASSIGN_OR_RAISE(const RunHub hub, OpenHubOfRun(arguments.hub));
  options.hub = hub.url;
  options.hub_token = hub.token;
  PoolsReport report;
  {
    Progress progress;
    InterruptScope interrupt(&progress);
    ProgressBar bar(&progress, arguments.output.BarWanted());
    ARROW_ASSIGN_OR_RAISE(report, RunPools(options, &progress));
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
  command
      ->add_option("--correctness_hi,--correctness-hi", options.thresholds.correctness_hi,
                   "High: at least this (0.875)")
      ->check(CLI::Range(-1e300, 1e300));
  command
      ->add_option("--correctness_lo,--correctness-lo", options.thresholds.correctness_lo,
                   "Low: at most this (0.25)")
      ->check(CLI::Range(-1e300, 1e300));
  command
      ->add_option("--long_context_tokens,--long-context-tokens",
                   options.thresholds.long_context_tokens,
                   "Long: at least this many tokens, approximately (8192)")
      ->check(CLI::Range(int64_t{0}, int64_t{1} << 40));
  command->add_option("--pools", options.rules_file, "YAML file with pools of your own");
  command->add_flag("--print_pools,--print-pools", arguments->print_pools,
                    "Print the shipped pools as YAML, and end");
  command
      ->add_option("--rows_per_shard,--rows-per-shard", options.sink.shard_rows,
                   "Rows a file, exactly (100000)")
      ->check(CLI::Range(int64_t{1}, kLimitMax));
  command->add_option("--compression", options.sink.compression, "zstd (default), snappy or none")
      ->check(CLI::IsMember({"zstd", "snappy", "none"}));
  command->add_option("--level", options.sink.level, "zstd level, 1 (default) to 22")
      ->check(CLI::Range(1, 22));
  command->add_flag("--compat", options.compat,
                    "The source program's eleven pools, file names, columns and manifest");
  command->add_flag("--dry_run,--dry-run", options.dry_run,
                    "Count the pools' rows, reading no column but those of the conditions");
  command
      ->add_option("--threads,--num_threads,--num-threads", options.threads,
                   "Threads (0: one a core); changes no result")
      ->check(CLI::Range(0, 1024));
  command
      ->add_option("--progress_every,--progress-every", arguments->progress_every,
                   "Taken for old command lines: the progress bar goes by time")
      ->check(CLI::NonNegativeNumber);
  AddHubChoice(command, &arguments->hub);
  AddOutputOptions(*command, &arguments->output);
  command->callback([arguments, context] {
    const Status status = Pools(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill

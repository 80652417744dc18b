// hubmill convert IN... OUT
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/hub_connection.h"
#include "cli/run_output.h"
#include "cli/terminal.h"
#include "run/convert.h"

namespace hubmill {
namespace {

constexpr char kFooter[] =
    "IN:  JSONL, CSV or Parquet files (.gz and .zst too), globs, folders, hub://OWNER/NAME;\n"
    "     - is standard input.\n"
    "OUT: a .parquet or .jsonl(.gz|.zst) file, or a folder, written with a slash at its end.\n"
    "Examples:\n"
    "  hubmill convert samples/chat.jsonl chat.parquet --level 3\n"
    "  hubmill convert samples/chat.jsonl chat/ --format jsonl --clean answer";

struct ConvertArguments {
  std::vector<std::string> paths;  // IN... OUT
  ConvertOptions options;
  int64_t level = 0;
  HubChoice hub;
  OutputArguments output;
};

Status Convert(ConvertArguments& arguments, bool level_given) {
  if (arguments.paths.size() < 2) {
    return WrongUsage("convert needs an input and an output; remedy: hubmill convert IN... OUT");
  }
  ConvertOptions& options = arguments.options;
  options.output = arguments.paths.back();
  options.inputs.assign(arguments.paths.begin(), arguments.paths.end() - 1);
  if (level_given) options.level = arguments.level;
  ARROW_ASSIGN_OR_RAISE(const RunHub hub, OpenHubOfRun(arguments.hub));
  options.hub = hub.url;
  options.hub_token = hub.token;
  RunReport report;
  {
    Progress progress;
    InterruptScope interrupt(&progress);
    ProgressBar bar(&progress, arguments.output.BarWanted());
    ARROW_ASSIGN_OR_RAISE(report, RunConvert(options, &progress));
  }
  PrintReport(report, arguments.output, /*dry_run=*/false);
  return Status::OK();
}

}  // namespace

void AddConvertCommand(CLI::App& app, CommandContext* context) {
  auto arguments = std::make_shared<ConvertArguments>();
  ConvertOptions& options = arguments->options;
  CLI::App* command = app.add_subcommand("convert", "Convert files between JSONL, CSV and Parquet");
  command->footer(kFooter);
  command->add_option("PATHS", arguments->paths, "IN... OUT")->required();
  command->add_option("--from", options.input_format, "Format of the inputs (default: by name)")
      ->check(CLI::IsMember({"jsonl", "csv", "parquet"}));
  command->add_option("--format", options.output_format, "Format of the output (default: by name)")
      ->check(CLI::IsMember({"parquet", "jsonl"}));
  command->add_option("--clean", options.clean_column, "Clean the text of this column");
  CLI::Option* level = command->add_option("--level", arguments->level, "zstd level, 1 to 22")
                           ->check(CLI::Range(1, 22));
  command->add_option("--threads", options.threads, "Threads (0: one a core); changes no result")
      ->check(CLI::Range(0, 1024));
  command
      ->add_option("--batch-rows", options.batch_rows_max, "Rows a batch (8192); changes no result")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 20));
  AddHubChoice(command, &arguments->hub);
  command->add_option("--limit", options.rows_max, "Only the first N rows")
      ->check(CLI::Range(int64_t{0}, kLimitMax));
  command->add_flag("--skip-bad-rows", options.reject_bad_rows,
                    "Drop and count rows that cannot be read, instead of failing");
  AddOutputOptions(*command, &arguments->output);
  command->callback([arguments, context, level] {
    const Status status = Convert(*arguments, level->count() > 0);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill

// hubmill llm inventory PATH|ID... --out DIR
#include <memory>

#include "cli/hub_connection.h"
#include "cli/llm_command.h"
#include "cli/run_output.h"
#include "cli/terminal.h"
#include "run/llm_inventory.h"

namespace hubmill {
namespace {

constexpr char kFooter[] =
    "Examples:\n"
    "  hubmill llm inventory samples/llm --out out/inventory\n"
    "  hubmill llm inventory nvidia/Nemotron-Math-v2 nvidia/Nemotron-Science-v1 --out "
    "out/inventory";

struct InventoryArguments {
  InventoryOptions options;
  HubChoice hub;
  OutputArguments output;
};

Status Inventory(InventoryArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const RunHub hub, OpenHubOfRun(arguments.hub));
  arguments.options.hub = hub.url;
  arguments.options.hub_token = hub.token;
  Progress progress;
  InterruptScope interrupt(&progress);
  ARROW_ASSIGN_OR_RAISE(const InventoryReport report, RunInventory(arguments.options, &progress));
  if (arguments.output.quiet) return Status::OK();
  PrintFacts(report.coverage);
  PrintFacts("output: " + arguments.options.out_dir + "\n");
  PrintMessage(WithCommas(report.datasets) + " data sets, " + WithCommas(report.files) +
               " files, " + WithCommas(report.rows) + " rows, " +
               WithUnit(double(report.bytes), "B"));
  return Status::OK();
}

}  // namespace

void AddLlmInventoryCommand(CLI::App& llm, CommandContext* context) {
  auto arguments = std::make_shared<InventoryArguments>();
  InventoryOptions& options = arguments->options;
  CLI::App* command = llm.add_subcommand("inventory", "Splits, columns and metadata of data sets");
  command->footer(kFooter);
  command
      ->add_option("INPUTS", options.inputs,
                   "Folders of one data set or several; repositories as OWNER/NAME")
      ->required();
  command->add_option("--out,--out_dir,--out-dir", options.out_dir, "Folder to write")->required();
  command->add_option("--threads", options.threads, "Threads (0: one a core); changes no result")
      ->check(CLI::Range(0, 1024));
  AddHubChoice(command, &arguments->hub);
  command->add_flag("--quiet,-q", arguments->output.quiet, "No facts, only errors");
  command->callback([arguments, context] {
    const Status status = Inventory(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill

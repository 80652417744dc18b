// hubmill trace REPO|DIR ID
#include <memory>

#include "cli/command.h"
#include "cli/hub_connection.h"
#include "cli/terminal.h"
#include "run/trace.h"

namespace hubmill {
namespace {

constexpr char kFooter[] =
    "WHERE: an output folder, a folder of Parquet files, OWNER/NAME or hub://OWNER/NAME@REVISION.\n"
    "Example:\n"
    "  hubmill trace out/pools 19f0e14e7958c4293a5358d46af405f85f2d0697";

struct TraceArguments {
  TraceOptions options;
  HubChoice hub;
};

Status Trace(TraceArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const RunHub hub, OpenHubOfRun(arguments.hub));
  arguments.options.hub = hub.url;
  arguments.options.hub_token = hub.token;
  Progress progress;
  InterruptScope interrupt(&progress);
  ARROW_ASSIGN_OR_RAISE(const std::string facts, RunTrace(arguments.options, &progress));
  PrintFacts(facts + "\n");
  return Status::OK();
}

}  // namespace

void AddTraceCommand(CLI::App& app, CommandContext* context) {
  auto arguments = std::make_shared<TraceArguments>();
  TraceOptions& options = arguments->options;
  CLI::App* command = app.add_subcommand("trace", "Where a row comes from, by its id");
  command->footer(kFooter);
  command->add_option("WHERE", options.where, "Folder or repository that has the row")->required();
  command->add_option("ID", options.id, "The row's id")->required();
  command->add_option("--column", options.column, "The column of ids (id)");
  command->add_option("--threads", options.threads, "Threads (0: one a core); changes no result")
      ->check(CLI::Range(0, 1024));
  AddHubChoice(command, &arguments->hub);
  command->callback([arguments, context] {
    const Status status = Trace(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill

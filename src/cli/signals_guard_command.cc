// hubmill signals guard: only the guard, over training examples or a bundle's rows.
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/signals_command.h"
#include "cli/terminal.h"
#include "run/signals_pass.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

struct GuardArguments {
  std::vector<std::string> files;
  std::string schema = "signals_v1";
  std::string ranges;
  int threads = 0;
  OutputArguments output;
};

Status Guard(const GuardArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(SignalsSchema schema, FindSignalsSchema(arguments.schema));
  if (!arguments.ranges.empty()) schema.enforce = arguments.ranges == "enforce";
  SignalsCounts counts;
  {
    Progress progress;
    InterruptScope interrupt(&progress);
    ProgressBar bar(&progress, arguments.output.BarWanted());
    NoSink sink;
    SignalsCells cells;
    const SignalsPass pass{.inputs = arguments.files,
                           .schema = &schema,
                           .choose = {.quarantine = true},
                           .threads = arguments.threads};
    ARROW_ASSIGN_OR_RAISE(counts, RunSignalsPass(pass, sink, &cells, nullptr, &progress));
  }
  if (arguments.output.json) {
    const Json out{{"lines", counts.lines},          {"rows", counts.rows},
                   {"not_json", counts.not_json},    {"refused", counts.refused},
                   {"rules", counts.rules},          {"refusals", counts.refusals},
                   {"broken", counts.broken},        {"unknown_features", counts.unknown},
                   {"duplicates", counts.duplicates}};
    PrintFacts(out.dump(2) + "\n");
  } else if (!arguments.output.quiet) {
    PrintSignalsCounts(counts);
  }
  for (const std::string& place : counts.broken) {
    if (!arguments.output.quiet) PrintMessage("note: no JSON: " + place);
  }
  return RefusedRows(counts, "the guard refuses these rows");
}

}  // namespace

void AddSignalsGuardCommand(CLI::App& signals, CommandContext* context) {
  auto arguments = std::make_shared<GuardArguments>();
  CLI::App* command =
      signals.add_subcommand("guard", "Only the guard: what would be refused, and by which rule");
  command->footer("Example:\n  hubmill signals guard samples/signals/train");
  command
      ->add_option("FILE", arguments->files,
                   "Training examples, or rows of a bundle: files, folders or -")
      ->required();
  command->add_option("--schema", arguments->schema, "Name or file (signals_v1)");
  command->add_option("--ranges", arguments->ranges, "enforce or report (the schema's own)")
      ->check(CLI::IsMember({"enforce", "report"}));
  command->add_option("--threads", arguments->threads, "Threads (0: one a core)")
      ->check(CLI::Range(0, kThreadsMax));
  AddOutputOptions(*command, &arguments->output);
  command->callback([arguments, context] {
    const Status status = Guard(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill

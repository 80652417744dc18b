// hubmill security build-iot23: train, dev and test questions from IoT-23.
#include "cli/security_build.h"
#include "cli/security_command.h"
#include "cli/terminal.h"

namespace hubmill {
namespace {

constexpr char kFooter[] =
    "Writes iot23-train-dev-test-{v1,test}.jsonl and sampling-iot23-{v1,test}.json, together.\n"
    "LIMIT of the environment or .env is --limit.\n"
    "Examples:\n"
    "  hubmill security build-iot23 --limit 200\n"
    "  hubmill security build-iot23 --mode test --input samples/security/flows/conn.log.labeled "
    "\\\n"
    "    --outdir out/flows\n"
    "docs/recipes/security-flows.md has the tables of labels and columns.";

struct Iot23Arguments : FlowBuildArguments {
  std::string hf_id = "19kmunz/iot-23-preprocessed";
};

Status Build(Iot23Arguments* arguments) {
  constexpr int64_t kFullRows = 1800, kTestRows = 20;
  ARROW_RETURN_NOT_OK(ReadFlowRows("--limit", "LIMIT", kFullRows, kTestRows, arguments));
  FlowInput input{.source = "iot23", .path = HubAddressOf(arguments->hf_id)};
  if (arguments->inputs.size() > 1) {
    return WrongUsage("--input is given twice; remedy: one file, folder, glob or address");
  }
  if (!arguments->inputs.empty()) input.path = arguments->inputs[0];
  input.local = input.path.find("://") == std::string::npos;
  if (arguments->inputs.empty() || arguments->options.compat) input.hf_id = arguments->hf_id;
  arguments->options.inputs = {std::move(input)};
  return BuildFlows(arguments);
}

}  // namespace

void AddSecurityBuildIot23Command(CLI::App& security, CommandContext* context) {
  auto arguments = std::make_shared<Iot23Arguments>();
  CLI::App* command =
      security.add_subcommand("build-iot23", "Questions from IoT-23: train, dev and test");
  command->footer(kFooter);
  command->add_option("--limit", arguments->rows, "Rows in all, half of each class (LIMIT, 1800)");
  command
      ->add_option("--input", arguments->inputs,
                   "File, folder, glob or address instead of the Hub's: Parquet, JSON lines, CSV, "
                   "Zeek log")
      ->allow_extra_args(false);
  command->add_option("--hf-id", arguments->hf_id,
                      "Data set of the Hub (19kmunz/iot-23-preprocessed)");
  AddFlowBuildOptions(command, arguments.get());
  command->callback([arguments, context] {
    const Status status = Build(arguments.get());
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill
